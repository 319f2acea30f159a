import { expect } from 'chai';
import { ContainersOverTime } from '../../../../src/application-manager/observe/containers-over-time.ts';
import type { ContainerView } from '../../../../src/domain/service.ts';
import { VirtualClock } from '../../../support/virtual-clock.ts';

const seen = (parts: Partial<ContainerView>) =>
	({ containerId: 'c', stateError: '', exitCode: 0, ...parts }) as unknown as ContainerView;
const finishedAt = '2026-01-01T00:00:00Z';

describe('containers over time', () => {
	it('that are being removed are waited for ten seconds from the first look', async () => {
		const clock = new VirtualClock();
		const overTime = new ContainersOverTime(clock);
		const until = clock.now() + 10_000;
		expect(overTime.look([seen({ runState: 'removing' })]).leaving.get('c')).to.equal(until);
		await clock.advance(7000);
		expect(overTime.look([seen({ runState: 'dead' })]).leaving.get('c')).to.equal(until);
		expect(overTime.look([]).leaving.size).to.equal(0);
		expect(overTime.look([seen({ runState: 'removing' })]).leaving.get('c')).to.equal(clock.now() + 10_000);
	});

	it('have completed once they have ended with code 0, also if the engine starts them again', () => {
		const overTime = new ContainersOverTime(new VirtualClock());
		const hasCompleted = (parts: Partial<ContainerView>) => overTime.look([seen(parts)]).completed.has('c');
		expect(hasCompleted({ runState: 'running' })).to.equal(false);
		expect(hasCompleted({ runState: 'restarting', exitCode: 1, finishedAt })).to.equal(false);
		expect(hasCompleted({ runState: 'exited', exitCode: 0, finishedAt, stateError: 'no such device' })).to.equal(false);
		expect(hasCompleted({ runState: 'restarting', finishedAt })).to.equal(true);
		expect(hasCompleted({ runState: 'running', finishedAt })).to.equal(true);
		expect(overTime.look([]).completed.size).to.equal(0);
	});
});
