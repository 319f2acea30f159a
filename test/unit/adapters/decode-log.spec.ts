import { expect } from 'chai';
import { decodeLog } from '../../../src/adapters/docker/decode-log.ts';

describe('the log of a container', () => {
	const piece = (text: string, output = 1) => {
		const header = Buffer.alloc(8);
		header.writeUInt8(output, 0);
		header.writeUInt32BE(Buffer.byteLength(text), 4);
		return Buffer.concat([header, Buffer.from(text)]);
	};

	it('is read as it is with a terminal', () => {
		expect(decodeLog(Buffer.from('one\r\ntwo\r\n'))).to.deep.equal(['one', 'two']);
		expect(decodeLog(Buffer.alloc(0))).to.deep.equal([]);
	});

	it('is put together without one, across pieces of both outputs', () => {
		expect(decodeLog(Buffer.concat([piece('on'), piece('e\nerror\n', 2), piece('zwö')]))).to.deep.equal([
			'one',
			'error',
			'zwö',
		]);
	});

	it('ends where it was cut off', () => {
		expect(decodeLog(Buffer.concat([piece('one\n'), piece('two').subarray(0, 9)]))).to.deep.equal(['one', 't']);
	});
});
