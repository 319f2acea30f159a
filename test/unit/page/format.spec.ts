import { expect } from 'chai';
import {
	formatBytes,
	formatSince,
	formatSpan,
	formatTime,
	labelOf,
	shortRelease,
	withoutColours,
} from '../../../src/page/format.ts';

describe('what the page writes', () => {
	it('shows sizes', () => {
		expect([0, 999, 1000, 7_340_032, 31_900_000_000, 2e15].map(formatBytes)).to.deep.equal([
			...['0 B', '999 B', '1.0 kB', '7.3 MB', '32 GB', '2000 TB'],
		]);
	});

	it('shows the two largest units of a time', () => {
		const seconds = [-5, 0, 59, 60, 61, 3600, 3601, 90_061, 86_400];
		expect(seconds.map((count) => formatSpan(count * 1000))).to.deep.equal([
			...['0 s', '0 s', '59 s', '1 min', '1 min 1 s', '1 h', '1 h', '1 d 1 h', '1 d'],
		]);
	});

	it('shows nothing for a time that is not known', () => {
		expect([formatSince(null, 0), formatSince('soon', 0), formatTime('soon')]).to.deep.equal(['', '', '']);
		expect(formatSince('1970-01-01T00:00:00.000Z', 5000)).to.equal('5 s');
	});

	it('shows words, releases, and lines without colours', () => {
		expect(labelOf('on_target')).to.equal('On target');
		expect([shortRelease(null), shortRelease('9a0bc2f7d1e3')]).to.deep.equal(['none', '9a0bc2f']);
		expect(withoutColours('\u001b[31mred\u001b[0m [1m')).to.equal('red [1m');
	});
});
