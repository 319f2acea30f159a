import { expect } from 'chai';
import { chooseContainers, shownContainers } from '../../../../src/application-manager/planner/choose-container.ts';
import type { ContainerView, RunState } from '../../../../src/domain/service.ts';

/** Only the fields that distinguish containers of one service. */
function container(id: string, runState: RunState, createdAt: string): ContainerView {
	const startedAt = runState === 'created' ? {} : { startedAt: createdAt };
	return { containerId: id, serviceName: 'web', runState, createdAt, ...startedAt } as unknown as ContainerView;
}
const old = (runState: RunState) => container('old', runState, '2026-01-01T00:00:00.5Z');
const fresh = (runState: RunState) => container('new', runState, '2026-01-01T00:00:00.51Z');
const choose = (containers: readonly ContainerView[], isWanted = true) => {
	const { current, successor, others } = chooseContainers(containers, () => isWanted);
	return [current, successor, ...others].map((each) => each?.containerId);
};
const shown = (...containers: readonly ContainerView[]) => shownContainers(containers).map((each) => each.containerId);

describe('containers of one service', () => {
	it('planner #41: of two that ran the newest counts, whatever their order in the list', () => {
		expect(choose([old('running'), fresh('running')])).to.deep.equal(['new', undefined, 'old']);
		expect(choose([fresh('exited'), old('running')])).to.deep.equal(['new', undefined, 'old']);
	});

	it('one that was only made takes its place beside one that ran, and goes if it is not wanted', () => {
		expect(choose([old('running'), fresh('created')])).to.deep.equal(['old', 'new']);
		expect(choose([old('exited'), fresh('created')])).to.deep.equal(['old', 'new']);
		expect(choose([old('running'), fresh('created')], false)).to.deep.equal(['old', undefined, 'new']);
	});

	it('one that was only made counts where no other has run, or all others are on their way out', () => {
		expect(choose([old('created'), fresh('created')])).to.deep.equal(['new', undefined, 'old']);
		expect(choose([old('removing'), fresh('created')])).to.deep.equal(['new', undefined, 'old']);
		expect(choose([old('running'), fresh('dead')])).to.deep.equal(['old', undefined, 'new']);
	});

	it('are shown as what runs, or else as the newest', () => {
		expect(shown(old('running'), fresh('created'))).to.deep.equal(['old']);
		expect(shown(old('running'), fresh('running'))).to.deep.equal(['old', 'new']);
		expect(shown(old('exited'), fresh('created'))).to.deep.equal(['new']);
		expect(shown(old('exited'), fresh('running'))).to.deep.equal(['new']);
	});
});
