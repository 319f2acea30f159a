import { expect } from 'chai';
import { Activity } from '../../../src/metrics/index.ts';

describe('activity', () => {
	let now: number;
	let activity: Activity;
	beforeEach(() => {
		now = 1000;
		activity = new Activity(() => now);
	});

	it('counts steps by kind and outcome, and tries after a failure as retries', () => {
		const step = { id: 'start web', kind: 'startContainer', ms: 10 };
		activity.stepEnded({ ...step, outcome: 'failed' });
		activity.stepEnded({ ...step, outcome: 'failed' });
		activity.stepEnded({ ...step, outcome: 'done' });
		activity.stepEnded({ ...step, outcome: 'done' });
		const { steps, stepRetries } = activity.samples();
		expect(steps).to.deep.equal([
			{ labels: { kind: 'startContainer', outcome: 'failed' }, value: 2 },
			{ labels: { kind: 'startContainer', outcome: 'done' }, value: 2 },
		]);
		expect(stepRetries).to.deep.equal([{ labels: { kind: 'startContainer' }, value: 2 }]);
	});

	it('counts pulls, and times those that succeed', () => {
		activity.stepEnded({ id: 'a', kind: 'pullImage', outcome: 'failed', ms: 90_000 });
		activity.stepEnded({ id: 'b', kind: 'pullImage', outcome: 'done', ms: 2000 });
		const { pulls, pullSeconds = [] } = activity.samples();
		expect(pulls?.map(({ value }) => value)).to.deep.equal([1, 1]);
		expect(pullSeconds.find(({ part }) => part === 'sum')?.value).to.equal(2);
	});

	it('tells how long ago the cloud answered as it should, and nothing before it did', () => {
		activity.cloudAnswered({ call: 'target', result: 'server-error', isSuccess: false });
		expect(activity.samples().pollAge).to.deep.equal([]);
		activity.cloudAnswered({ call: 'target', result: 'unchanged', isSuccess: true });
		now += 4500;
		activity.cloudAnswered({ call: 'target', result: 'timeout', isSuccess: false });
		const { pollAge, polls, reportAge } = activity.samples();
		expect(pollAge).to.deep.equal([{ labels: {}, value: 4.5 }]);
		expect(polls).to.have.length(3);
		expect(reportAge).to.deep.equal([]);
	});

	it('has one series for all that comes to no route, whatever it is called', () => {
		for (const method of ['GET', 'PUT', 'BREW']) {
			activity.requestAnswered({ method, route: undefined, status: 404, ms: 1 });
		}
		activity.requestAnswered({ method: 'GET', route: '/v3/status', status: 200, ms: 1 });
		expect(activity.samples().apiRequests).to.deep.equal([
			{ labels: { method: 'any', route: 'none', status: '404' }, value: 3 },
			{ labels: { method: 'GET', route: '/v3/status', status: '200' }, value: 1 },
		]);
	});

	it('times the plan of a pass that could be planned only', () => {
		activity.passEnded({ hasFailed: true, ms: 60, planMs: undefined });
		activity.passEnded({ hasFailed: false, ms: 40, planMs: 3 });
		const { passes, passSeconds = [], planSeconds = [] } = activity.samples();
		expect(passes?.map(({ labels, value }) => [labels['outcome'], value])).to.deep.equal([
			['failed', 1],
			['done', 1],
		]);
		expect(passSeconds.find(({ part }) => part === 'count')?.value).to.equal(2);
		expect(planSeconds.find(({ part }) => part === 'count')?.value).to.equal(1);
	});
});
