import { expect } from 'chai';
import { ReportOnce } from '../../../src/lib/report-once.ts';

describe('a report', () => {
	it('is new when its text differs from the last one of its key', () => {
		const reports = new ReportOnce();
		const texts = ['no space', 'no space', 'no network', 'no space'];
		expect(texts.map((text) => reports.isNew('pull', text))).to.deep.equal([true, false, true, true]);
		expect(reports.isNew('push', 'no space')).to.equal(true);
	});

	it('is new again after recovery, which is noticed once', () => {
		const reports = new ReportOnce<number>();
		expect(reports.forget(1)).to.equal(false);
		reports.isNew(1, 'down');
		expect(reports.has(1)).to.equal(true);
		expect([reports.forget(1), reports.forget(1)]).to.deep.equal([true, false]);
		expect(reports.has(1)).to.equal(false);
		expect(reports.isNew(1, 'down')).to.equal(true);
	});

	it('is forgotten when its key is gone', () => {
		const reports = new ReportOnce();
		reports.isNew('a', 'x');
		reports.isNew('b', 'x');
		reports.keepOnly(['b', 'c']);
		expect([reports.isNew('a', 'x'), reports.isNew('b', 'x')]).to.deep.equal([true, false]);
	});

	it('of a list is new when it was not in the last list', () => {
		const reports = new ReportOnce();
		const select = (...items: readonly string[]) => reports.selectNew(items, (item) => item);
		expect(select('a', 'a', 'b')).to.deep.equal(['a', 'b']);
		expect(select('b', 'c')).to.deep.equal(['c']);
		expect(select('a')).to.deep.equal(['a']);
		expect(select()).to.deep.equal([]);
		expect(select('a')).to.deep.equal(['a']);
	});

	it('is forgotten when many others came after it', () => {
		const reports = new ReportOnce({ keysMax: 2 });
		reports.isNew('a', 'x');
		reports.isNew('b', 'x');
		reports.isNew('a', 'x');
		reports.isNew('c', 'x');
		expect(['a', 'b', 'c'].map((key) => reports.has(key))).to.deep.equal([true, false, true]);
	});
});
