import { expect } from 'chai';
import { choosePaint, describeDuration, formatTable, shorten, wrap } from '../../../../tools/dind/terminal.ts';

describe('text for a terminal', () => {
	it('has colour only on a terminal, and not with NO_COLOR', () => {
		const paint = (stream: object, env: Readonly<Record<string, string>>) => choosePaint(stream, env)('red', 'x');
		expect(paint({ isTTY: true }, {})).to.equal('\u001b[31mx\u001b[0m');
		expect(paint({ isTTY: true }, { NO_COLOR: '' })).to.equal('\u001b[31mx\u001b[0m');
		expect(paint({ isTTY: true }, { NO_COLOR: '1' })).to.equal('x');
		expect(paint({ isTTY: true }, { TERM: 'dumb' })).to.equal('x');
		expect(paint({ isTTY: false }, {})).to.equal('x');
		expect(paint({}, {})).to.equal('x');
	});

	it('keeps columns apart, however long a cell is, and painted', () => {
		const rows = [
			['a', 'Restarting (7)', 'x'],
			['longer', 'up', ''],
		];
		expect(formatTable(rows)).to.deep.equal(['a       Restarting (7)  x', 'longer  up']);
		expect(formatTable(rows, (text, row) => (row === 0 ? `<${text}>` : text))).to.deep.equal([
			'<a>       <Restarting (7)>  <x>',
			'longer  up',
		]);
	});

	it('breaks at spaces, and leaves a long word whole', () => {
		expect(wrap('one two three', 2, 9)).to.deep.equal(['  one two', '  three']);
		expect(wrap('a sha256:0123456789 b', 1, 8)).to.deep.equal([' a', ' sha256:0123456789', ' b']);
	});

	it('says short what is long', () => {
		expect(shorten('service', 7)).to.equal('service');
		expect(shorten('service', 6)).to.equal('servi…');
		const texts = [-5, 0, 119_000, 120_000, 7_199_000, 7_200_000, 200_000_000].map(describeDuration);
		expect(texts).to.deep.equal(['0 s', '0 s', '119 s', '2 min', '2 h', '2 h', '2 d']);
	});
});
