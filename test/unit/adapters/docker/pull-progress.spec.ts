import { expect } from 'chai';
import { PullProgress } from '../../../../src/adapters/docker/pull-progress.ts';

describe('pull progress', () => {
	const part = (status: string, id: string, current: number, total: number) => ({
		status,
		id,
		progressDetail: { current, total },
	});

	it('is the mean of download and extraction over all layers', () => {
		const progress = new PullProgress();
		progress.next({ status: 'Pulling fs layer', id: 'a' });
		progress.next({ status: 'Pulling fs layer', id: 'b' });
		expect(progress.next(part('Downloading', 'a', 50, 100))).to.equal(12);
		expect(progress.next({ status: 'Download complete', id: 'a' })).to.equal(25);
		expect(progress.next(part('Extracting', 'a', 50, 100))).to.equal(37);
		expect(progress.next({ status: 'Pull complete', id: 'a' })).to.equal(50);
		expect(progress.next({ status: 'Already exists', id: 'b' })).to.equal(100);
	});

	it('compose #62: follows the total of balenaEngine, and never falls', () => {
		const progress = new PullProgress();
		expect(progress.next(part('Downloading', 'Total', 50, 200))).to.equal(25);
		expect(progress.next(part('Downloading', 'Total', 40, 200))).to.equal(25);
	});

	it('is complete when the engine says that it has the image', () => {
		expect(new PullProgress().next({ status: 'Status: Image is up to date for x' })).to.equal(100);
	});

	it('counts what was downloaded of each layer, and a layer that begins again once', () => {
		const progress = new PullProgress();
		progress.next(part('Downloading', 'a', 50, 100));
		progress.next(part('Downloading', 'b', 30, 100));
		progress.next(part('Downloading', 'a', 10, 100));
		progress.next(part('Downloading', 'a', 100, 100));
		progress.next(part('Extracting', 'a', 100, 100));
		expect(progress.bytes).to.equal(130);
	});

	it('counts the total of balenaEngine', () => {
		const progress = new PullProgress();
		progress.next(part('Downloading', 'Total', 50, 200));
		progress.next(part('Downloading', 'Total', 40, 200));
		expect(progress.bytes).to.equal(50);
	});

	it('survives events of any shape', () => {
		const progress = new PullProgress();
		expect(progress.next({})).to.equal(0);
		expect(progress.next({ id: 'a', status: 'Downloading', progressDetail: { current: 'x', total: null } })).to.equal(
			0,
		);
		expect(progress.next(part('Downloading', 'a', 500, 100))).to.be.at.most(100);
	});
});
