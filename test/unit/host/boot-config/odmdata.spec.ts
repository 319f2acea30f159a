import { expect } from 'chai';
import { ODMDATA } from '../../../../src/host/index.ts';
import { applied, compare, messageOf, valueOf, warningsOf } from './boot-values.ts';

describe('ODMDATA', () => {
	for (const [mode, byte] of [
		['1', 0x00],
		['2', 0x01],
		['3', 0x06],
		['4', 0x07],
		['5', 0x02],
		['6', 0x03],
	] as const) {
		it(`host #14: mode ${mode} is the byte ${byte}`, () => {
			const before = mode === '1' ? [1, 1, 1] : [0, 0, 0];
			expect(applied(ODMDATA, before, { HOST_ODMDATA_configuration: mode })).to.deep.equal([byte, byte, byte]);
			expect(valueOf(ODMDATA.parse([byte, byte, byte]))).to.deep.equal({ configuration: mode });
		});
	}

	for (const [bytes, message] of [
		[[0, 0, 1], 'Unable to parse ODMDATA configuration. Data at offsets do not match.'],
		[[1, 0, 0], 'Unable to parse ODMDATA configuration. Data at offsets do not match.'],
		[[0, 0], 'Unable to parse ODMDATA configuration. Data at offsets do not match.'],
		[[9, 9, 9], 'Unable to parse ODMDATA configuration. Unsupported configuration byte set.'],
	] as const) {
		it(`host #14: the bytes ${bytes.join(' ')} are refused`, () => {
			expect(messageOf(ODMDATA.parse(bytes))).to.equal(message);
		});
	}

	for (const mode of ['7', '0', '-1', '3x', '1.5', 'two']) {
		it(`host #14: mode ${mode} gives a warning and changes nothing`, () => {
			const compared = compare(ODMDATA, [1, 1, 1], { HOST_ODMDATA_configuration: mode });
			expect(valueOf(compared).isChanged).to.be.false;
			expect(valueOf(compared).content).to.deep.equal([1, 1, 1]);
			expect(warningsOf(compared)).to.deep.equal([`Configuration mode of: ${mode} is not supported.`]);
		});
	}

	it('without a variable the mode stays', () => {
		expect(valueOf(compare(ODMDATA, [1, 1, 1], {})).isChanged).to.be.false;
		expect(applied(ODMDATA, [1, 1, 1], { HOST_ODMDATA_configuration: '' })).to.deep.equal([1, 1, 1]);
	});
});
