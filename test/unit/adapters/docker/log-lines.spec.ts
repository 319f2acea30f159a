import { expect } from 'chai';
import { LogLines } from '../../../../src/adapters/docker/log-lines.ts';
import { Random } from '../../../support/random.ts';

const TIME = '2026-01-01T00:00:00.000000001Z';

function piece(output: 1 | 2, text: string): Buffer {
	const content = Buffer.from(`${TIME} ${text}`);
	const header = Buffer.from([output, 0, 0, 0, 0, 0, 0, 0]);
	header.writeUInt32BE(content.length, 4);
	return Buffer.concat([header, content]);
}

function read(bytes: Buffer, options: { readonly hasTerminal: boolean; readonly random?: Random }) {
	const lines = new LogLines(options);
	const read = [];
	for (let at = 0; at < bytes.length;) {
		const end = options.random === undefined ? bytes.length : at + 1 + options.random.below(40);
		read.push(...lines.push(bytes.subarray(at, end)));
		at = end;
	}
	return read.map(({ isStdErr, text, time }) => `${isStdErr ? 'err' : 'out'} ${time === TIME ? '' : time}${text}`);
}

describe('a log as the engine sends it', () => {
	const framed = Buffer.concat([
		piece(1, 'one\n'),
		piece(2, 'bad ☃\n'),
		piece(1, 'long '),
		piece(2, 'between\n'),
		piece(1, 'line\n'),
		piece(1, '\n'),
	]);
	const expected = ['out one', 'err bad ☃', 'err between', 'out long line', 'out '];

	it('is taken apart by output, and lines in pieces are put together', () => {
		expect(read(framed, { hasTerminal: false })).to.deep.equal(expected);
	});

	for (let seed = 1; seed <= 20; seed++) {
		it(`may come in chunks that end anywhere (seed ${seed})`, () => {
			const random = new Random(seed);
			expect(read(framed, { hasTerminal: false, random })).to.deep.equal(expected);
			const terminal = Buffer.from(`${TIME} one\r\n${TIME} snö ☃\r\n`);
			expect(read(terminal, { hasTerminal: true, random })).to.deep.equal(['out one', 'out snö ☃']);
		});
	}

	it('is cut where a line never ends', () => {
		const endless = Buffer.concat([
			...Array.from({ length: 20 }, () => piece(1, 'x'.repeat(16_384))),
			piece(1, 'end\n'),
		]);
		const [line] = read(endless, { hasTerminal: false });
		expect(line?.length).to.be.within(10_000, 60_000);
	});
});
