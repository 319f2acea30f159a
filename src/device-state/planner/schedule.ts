import { conflicts } from '../../domain/footprint.ts';
import type {
	Instant,
	Pause,
	Plan,
	PlanContext,
	ProposedStep,
	Proposal,
	WaitingStep,
	WaitReason,
} from '../../domain/plan.ts';

/**
 * The proposals that may start now: not those that wait for something, back off, exceed a limit, or conflict with a
 * step that is in flight or was started just before. Keeps the order, and a reason for each other one.
 */
export function schedule(proposals: readonly Proposal[], context: PlanContext): Plan {
	const start: ProposedStep[] = [];
	const waiting: WaitingStep[] = [];
	const running = [...context.busy];
	const wakes: Instant[] = [];
	for (const { step, because } of proposals) {
		const pause = context.paused.get(step.id);
		const reason =
			stillHolds(because, context.now) ?? whyPaused(pause, step, context.now) ?? whyNotNow(step, running, context);
		if (reason === undefined) {
			start.push(step);
			running.push(step);
			continue;
		}
		const until = endOf(reason);
		if (until !== undefined) {
			wakes.push(until);
		}
		waiting.push({ step, because: reason });
	}
	return { start, waiting, wakeAt: wakes.length === 0 ? undefined : Math.min(...wakes) };
}

/** A pause that is over does not block. */
function stillHolds(because: WaitReason | undefined, now: Instant): WaitReason | undefined {
	const until = because && endOf(because);
	return until !== undefined && until <= now ? undefined : because;
}

function endOf(reason: WaitReason): Instant | undefined {
	return 'until' in reason ? reason.until : undefined;
}

function whyPaused(pause: Pause | undefined, step: ProposedStep, now: Instant): WaitReason | undefined {
	return pause === undefined || pause.until <= now ? undefined : explainPause(pause, step);
}

export function explainPause(pause: Pause, step: ProposedStep): WaitReason {
	const { until, error, since, failures } = pause;
	switch (pause.reason) {
		case 'locked-by-user':
			return { kind: 'locked-by-user', until, since, error };
		case 'not-yet':
			return { kind: 'not-yet', until, because: error };
		case 'stuck':
			return { kind: 'stuck', until, differences: step.differences ?? [] };
		case 'backoff':
			return { kind: 'backoff', until, failures, error };
	}
}

function whyNotNow(
	step: ProposedStep,
	running: readonly ProposedStep[],
	{ policy }: PlanContext,
): WaitReason | undefined {
	const own = running.find((other) => other.id === step.id);
	if (own !== undefined) {
		return { kind: 'busy', on: own.id };
	}
	const isPull = step.step.kind === 'pullImage';
	const alike = running.filter((other) => (other.step.kind === 'pullImage') === isPull).length;
	if (alike >= (isPull ? policy.maxPulls : policy.maxSteps)) {
		return { kind: 'limit', of: isPull ? 'pulls' : 'steps' };
	}
	if (step.isUpdate === true && policy.maxDeltas !== undefined) {
		const updates = running.filter((candidate) => candidate.isUpdate === true).length;
		if (updates >= policy.maxDeltas) {
			return { kind: 'limit', of: 'pulls' };
		}
	}
	const other = running.find((candidate) => conflicts(candidate.footprint, step.footprint));
	return other && { kind: 'busy', on: other.id };
}
