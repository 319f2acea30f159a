import { expect } from 'chai';
import { findConfigChanges } from '../../src/device-state/planner/reboot-guard.ts';
import { proposeDevice } from '../../src/device-state/planner/propose-device.ts';
import { schedule } from '../../src/device-state/planner/schedule.ts';
import { predictPlan } from '../../src/device-state/predict/predict-plan.ts';
import { findDone } from '../../src/device-state/requests/index.ts';
import type { CurrentState } from '../../src/domain/current.ts';
import type { PlanContext } from '../../src/domain/plan.ts';
import { subjectOf, type Step } from '../../src/domain/step.ts';
import { applyStep } from './apply-step.ts';
import { eventsIn } from './environment.ts';
import { Presenter } from './present.ts';
import { policyOf } from './explore.ts';
import type { Run } from './run.ts';
import { RUNS } from './runs.ts';
import { startStates } from './start-states.ts';
import type { State } from './state.ts';

const SHARE = Number(process.env['MODEL_SHARE'] ?? 400);
const ROUNDS_MAX = 200;
/** What goes well by itself. */
const EXPECTED: readonly string[] = ['becomes healthy', 'ends', 'vanishes', 'engine is steady', 'boots'];
const HISTORY = { hasSettled: true };

/** Two models of the effects of steps that share no code: predictions, and the one in which all states are explored. */
describe('v3-api #3: predicted steps, in the model of one app', function () {
	this.timeout(600_000);
	const runs = RUNS.filter(
		({ config, host, engineEnds }) => config === undefined && host?.rollsBack !== true && !engineEnds,
	);

	for (const [offset, run] of runs.entries()) {
		it(`${run.name}: are the steps that are done`, () => {
			for (const start of startStates(run, { places: 1, share: SHARE, offset })) {
				if (start.theirs) continue; // a lock of a user is waited for, and not predicted
				const performed = perform(start, run);
				const { steps, waiting } = predictFrom(start, run);
				const predicted = steps.map(({ step }) => nameOf(step.step)).sort();
				const details = `${JSON.stringify(start)}\nleft: ${waiting.map(({ step }) => nameOf(step.step)).join(', ')}`;
				expect(predicted, details).to.deep.equal([...performed].sort());
			}
		});
	}
});

function contextOf(run: Run, state: State, presenter: Presenter): PlanContext {
	const requests = presenter.requests(state);
	return { now: 0, busy: [], paused: new Map(), requests, policy: policyOf(run), history: HISTORY };
}

function predictFrom(state: State, run: Run) {
	const presenter = new Presenter(run);
	const { requests, ...context } = contextOf(run, state, presenter);
	return predictPlan({
		current: withVolumes(presenter.current(state)),
		target: presenter.target(state),
		requests,
		context,
	});
}

/** The model leaves out the list of all volumes, by which requests see what is gone. */
function withVolumes(current: CurrentState): CurrentState {
	const names = current.apps.flatMap(({ volumes, containers }) => [
		...volumes.map(({ engineName }) => engineName),
		...containers.flatMap(({ anonymousVolumes }) => Object.values(anonymousVolumes)),
	]);
	return { ...current, volumes: [...names, ...current.keptVolumes.map(({ name }) => name)] };
}

/** The planner and the model in turn, until nothing is left or something outside is waited for. */
function perform(start: State, run: Run): readonly string[] {
	const presenter = new Presenter(run);
	const performed: string[] = [];
	let state = start;
	for (let round = 0; round < ROUNDS_MAX; round++) {
		const context = contextOf(run, state, presenter);
		const [current, target] = [presenter.current(state), presenter.target(state)];
		const config = findConfigChanges(target, current, context);
		const proposals = proposeDevice(current, target, { ...context, config });
		const plan = schedule(proposals, context);
		const [done] = findDone(context.requests, { current, proposals, busy: [] });
		if (plan.start.length === 0 && done === undefined) {
			const event = eventsIn(state, run).find(({ kind }) => EXPECTED.includes(kind));
			if (event === undefined) return performed;
			state = event.state;
		}
		if (done !== undefined) {
			state = { ...state, request: done.outcome.kind === 'holding' ? 'holding' : 'none' };
		}
		for (const { step } of plan.start) {
			const effect = applyStep(step, state, run);
			if ('refused' in effect) throw new Error(`${step.kind} is refused: ${effect.refused}`);
			state = effect.state;
			performed.push(nameOf(step));
		}
	}
	throw new Error(`no end: ${performed.slice(-10).join(', ')}`);
}

/** Without what only the engine chooses. */
function nameOf(step: Step): string {
	return `${step.kind} ${subjectOf(step)}`;
}
