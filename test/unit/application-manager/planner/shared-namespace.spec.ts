import { expect } from 'chai';
import { plan } from '../../../../src/device-state/planner/plan.ts';
import { explainPlan } from '../../../../src/device-state/planner/explain-plan.ts';
import { Presenter } from '../../../model/present.ts';
import { runOf } from '../../../model/run.ts';
import type { Box, State } from '../../../model/state.ts';
import { box, done, planPolicy } from './plan-states.ts';

describe('a service that shares the network of another one', () => {
	const planWith = (owner: Partial<Box>, child: Partial<Box>, request: 'none' | 'stopService' = 'none') => {
		const run = runOf('', { request, c: { joins: true } });
		const boxes = [box('a1', owner), box('b1', {}), box('c1', { joined: 'a1', ...child })];
		const state: State = {
			...{ boxes, pics: { a: done, b: done, c: done }, net: 'right', spare: false, vol: 'right', held: 'all' },
			...{
				theirs: false,
				pausing: false,
				commit: true,
				reboot: 'none',
				request: request === 'none' ? 'none' : 'holding',
				kept: '',
				unsteady: false,
			},
		};
		const presenter = new Presenter(run);
		const context = {
			now: 0,
			busy: [],
			paused: new Map(),
			requests: presenter.requests(state),
			policy: planPolicy,
			history: { hasSettled: true },
		};
		return explainPlan(plan(presenter.current(state), presenter.target(state), context));
	};

	it('is not started while that one does not run, although it has run before', () => {
		expect(planWith({ run: 'exited' }, { run: 'exited' }, 'stopService')).to.equal(
			'wait: startContainer 1/c (container stopped) — waits for service a (shared namespace)',
		);
	});

	it('is restarted when that one was started again, and not otherwise', () => {
		expect(planWith({}, { cut: true })).to.contain(
			'start: restartContainer 1/c (service a, whose namespace it shares, was started again)',
		);
		expect(planWith({}, {})).to.not.contain('restartContainer');
	});
});
