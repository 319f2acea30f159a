import { expect } from 'chai';
import { plan } from '../../../../src/device-state/planner/plan.ts';
import { explainPlan } from '../../../../src/device-state/planner/explain-plan.ts';
import { Presenter } from '../../../model/present.ts';
import { runOf } from '../../../model/run.ts';
import type { Box, State } from '../../../model/state.ts';

const done = { old: false, new: true, oldRow: false, newRow: 'full' } as const;
const policy = {
	maxPulls: 4,
	maxSteps: 8,
	keepImages: false,
	keepVolumes: false,
	ownImage: 'registry.test/own:v1',
	force: false,
	localMode: false,
};

function box(id: 'a1' | 'b1' | 'c1', parts: Partial<Box>): Box {
	const [svc, flags] = [id.charAt(0) as Box['svc'], { ready: false, failed: false, young: false, quiet: false }];
	const base = { release: 2, aside: false, made: 'new', run: 'running', rank: 1, started: true } as const;
	return { id, svc, ...base, ...flags, temp: 0, data: '', joined: '', cut: false, ...parts };
}

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
		const context = { now: 0, busy: [], paused: new Map(), requests: presenter.requests(state), policy };
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
