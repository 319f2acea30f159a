import { expect } from 'chai';
import { plan } from '../../../../src/device-state/planner/plan.ts';
import { explainPlan } from '../../../../src/device-state/planner/explain-plan.ts';
import { Presenter } from '../../../model/present.ts';
import { dependsOnA, runOf } from '../../../model/run.ts';
import type { State } from '../../../model/state.ts';
import { box, done, planPolicy } from './plan-states.ts';

describe('a release in which only the name of a service changes', () => {
	const planWhile = (failed: boolean) => {
		const waits = { flavour: 'same', dependsOn: dependsOnA('service_completed_successfully') } as const;
		const run = runOf('', { a: { isJob: true }, b: waits });
		const boxes = [box('a1', { run: 'exited', failed }), box('b1', { release: 1, made: 'old' }), box('c1', {})];
		const state: State = {
			...{ boxes, pics: { a: done, b: done, c: done }, net: 'right', spare: false, vol: 'right', held: 'all' },
			...{ theirs: false, pausing: false, commit: false, reboot: 'none', request: 'none', kept: '', unsteady: false },
		};
		const presenter = new Presenter(run);
		const context = {
			now: 0,
			busy: [],
			paused: new Map(),
			requests: [],
			policy: planPolicy,
			history: { hasSettled: true },
		};
		return explainPlan(plan(presenter.current(state), presenter.target(state), context));
	};

	it('is reached when the one that it waits for has completed, and not before', () => {
		expect(planWhile(true)).to.match(/^wait: renameContainer 1\/b .* waits for service a/);
		expect(planWhile(false)).to.match(/^start: renameContainer 1\/b /);
	});
});
