import { isSettled, type Pause, type PlanContext, type ProposedStep, type WaitingStep } from '../../domain/plan.ts';
import type { CurrentState } from '../../domain/current.ts';
import type { UpdateRequest } from '../../domain/request.ts';
import type { StepId } from '../../domain/step.ts';
import type { TargetState } from '../../domain/target.ts';
import { proposeDevice } from '../planner/propose-device.ts';
import { findConfigChanges } from '../planner/reboot-guard.ts';
import { schedule } from '../planner/schedule.ts';
import { dropVanished, findDone } from '../requests/index.ts';
import { passTime } from './pass-time.ts';
import { withPredictedImages } from './predict-images.ts';
import { TouchedResources } from './touched-resources.ts';
import { predictStep } from './predict-step.ts';
import type { Predicted } from './predicted.ts';

export interface PredictedStep {
	/** From 1. */
	readonly order: number;
	readonly step: ProposedStep;
	/** Orders of the steps that have to be done before: those that touch the same. */
	readonly after: readonly number[];
}

export interface Prediction {
	readonly steps: readonly PredictedStep[];
	/** What would still wait at the end, and for what: none if the device would be on target. */
	readonly waiting: readonly WaitingStep[];
	readonly isSettled: boolean;
}

interface PredictInput {
	readonly current: CurrentState;
	readonly target: TargetState;
	readonly requests: readonly UpdateRequest[];
	readonly context: Omit<PlanContext, 'busy' | 'requests'>;
}

/** A plan that never ends would be a defect of the planner or of the prediction: it is shown as not settled. */
const ROUNDS_MAX = 500;
/** A prediction has no limits: they delay steps, and order nothing. */
const NO_LIMITS = { maxPulls: Infinity, maxDeltas: undefined, maxSteps: Infinity };

/**
 * Every step from here to the target, if each of them does what it is for (spec: v3-api 4): the planner, asked again
 * and again. What waits for something outside of the device stays in `waiting`; pauses after failures do not count.
 */
export function predictPlan(input: PredictInput): Prediction {
	const policy = { ...input.context.policy, ...NO_LIMITS };
	const context = { ...input.context, policy, paused: new Map<StepId, Pause>(), busy: [] };
	const steps: PredictedStep[] = [];
	const touched = new TouchedResources();
	let { target } = input;
	let state: Predicted = { current: input.current, made: 0 };
	let { requests } = input;
	for (let round = 0; round < ROUNDS_MAX; round++) {
		target = withPredictedImages(target, state);
		requests = withoutVanished(requests, state.current);
		const moment = { ...context, requests };
		const config = findConfigChanges(target, state.current, moment);
		const proposals = proposeDevice(state.current, target, { ...moment, config });
		const plan = schedule(proposals, moment);
		const left = withoutDone(requests, { current: state.current, proposals, busy: [] });
		const later = plan.start.length === 0 ? passTime(state, plan.waiting) : undefined;
		if (plan.start.length === 0 && later === undefined && left.length === requests.length) {
			return { steps, waiting: plan.waiting, isSettled: isSettled(plan) };
		}
		state = later ?? state;
		requests = left;
		for (const step of plan.start) {
			const order = steps.length + 1;
			steps.push({ order, step, after: touched.by(step.footprint) });
			touched.add(step.footprint, order);
			state = predictStep(step.step, state, target);
		}
		if (plan.start.some(({ step }) => step.kind === 'reboot')) {
			requests = requests.filter(({ body }) => body.kind !== 'reboot');
		}
		if (state.current.host.shuttingDown) {
			return { steps, waiting: [], isSettled: true };
		}
	}
	return { steps, waiting: [], isSettled: false };
}

function withoutVanished(requests: readonly UpdateRequest[], current: CurrentState): readonly UpdateRequest[] {
	const changed = new Map(dropVanished(requests, current).map(({ id, body }) => [id, body]));
	return requests.map((request) => ({ ...request, body: changed.get(request.id) ?? request.body }));
}

function withoutDone(
	requests: readonly UpdateRequest[],
	state: Parameters<typeof findDone>[1],
): readonly UpdateRequest[] {
	const done = new Map(findDone(requests, state).map(({ request, outcome }) => [request.id, outcome.kind]));
	return requests.flatMap((request): readonly UpdateRequest[] => {
		const outcome = done.get(request.id);
		if (outcome === undefined) {
			return [request];
		}
		return outcome === 'holding' ? [{ ...request, state: 'holding' }] : [];
	});
}
