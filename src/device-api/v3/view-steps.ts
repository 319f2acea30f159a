import { keyOfSubject, subjectsOf } from '../../device-state/index.ts';
import type { ProposedStep, WaitReason } from '../../domain/plan.ts';
import { describeFinding } from '../../domain/reason.ts';
import type { DeviceStatus } from '../../domain/status.ts';
import type { StepView } from './explained.ts';
import { snakeOf } from './view-because.ts';

/** What is still to be done, by subject. Steps of the last plan that have ended are left out. */
export function listSteps(status: DeviceStatus | undefined): ReadonlyMap<string, readonly StepView[]> {
	const found = new Map<string, StepView[]>();
	const { plan, target, running = [] } = status ?? {};
	const inFlight = new Map(running.map((step) => [step.id, step]));
	const add = (proposed: ProposedStep, because: WaitReason | undefined) => {
		for (const { subject, name } of subjectsOf(proposed.step, target)) {
			const key = keyOfSubject(subject);
			const step = viewStep(proposed, { because, running: inFlight.get(proposed.id), name });
			found.set(key, [...(found.get(key) ?? []), ...(step === undefined ? [] : [step])]);
		}
	};
	for (const proposed of plan?.start ?? []) {
		add(proposed, undefined);
	}
	for (const { step, because } of plan?.waiting ?? []) {
		add(step, because);
	}
	return found;
}

function viewStep(
	{ step: { kind }, reason }: ProposedStep,
	options: {
		readonly because: WaitReason | undefined;
		readonly running: DeviceStatus['running'][number] | undefined;
		readonly name: string;
	},
): StepView | undefined {
	const { because, running, name } = options;
	const shown = { kind: snakeOf(kind), reason };
	if (running !== undefined) {
		const { percent } = running;
		return { ...shown, state: 'running', ...(percent === undefined ? {} : { progress: Math.floor(percent) }) };
	}
	return because === undefined
		? undefined
		: { ...shown, state: 'waiting', sentence: describeFinding(because, { name, step: kind }).sentence };
}
