import { expect } from 'chai';
import { resources } from '../../../../src/application-manager/planner/resources.ts';
import { proposeContainerRemoval } from '../../../../src/application-manager/planner/propose-container.ts';
import { conflicts } from '../../../../src/domain/footprint.ts';
import { Presenter } from '../../../model/present.ts';
import { runOf } from '../../../model/run.ts';
import type { State } from '../../../model/state.ts';
import { box, done } from './plan-states.ts';

describe('a container that was moved aside for a hand-over', () => {
	const removalOf = (aside: boolean) => {
		const state: State = {
			...{ boxes: [box('a1', { release: 1, made: 'old', aside })], pics: { a: done, b: done, c: done } },
			...{ net: 'right', spare: false, vol: 'right', held: 'all', theirs: false, pausing: false, commit: false },
			...{ reboot: 'none', request: 'none', kept: '', unsteady: false },
		};
		const [app] = new Presenter(runOf('', {})).current(state).apps;
		const [container] = app?.containers ?? [];
		if (app === undefined || container === undefined) throw new Error('the model shows no container');
		const end = { reads: [], writes: [resources.handOver(app.appId, container.serviceName)] };
		return { end, removal: proposeContainerRemoval(container, { reason: 'is not wanted', volumes: {} as never }).step };
	};

	it('is not removed while the end of the hand-over may remove it', () => {
		const { end, removal } = removalOf(true);
		expect(conflicts(end, removal.footprint)).to.equal(true);
	});

	it('unlike one that has its own name', () => {
		const { end, removal } = removalOf(false);
		expect(conflicts(end, removal.footprint)).to.equal(false);
	});
});
