import type { WaitReason } from '../../domain/plan.ts';
import type { ContainerView } from '../../domain/service.ts';
import type { StepOf } from '../../domain/step.ts';
import type { PlanningContext } from './planning-context.ts';

/** The engine started it before the container whose namespace it shares, and does not try again. */
const OWNER_DOWN = /cannot join .* of a non running container|joining .* namespace of container/i;
/** Exit codes of a container that was stopped from outside. */
const ENDED_FROM_OUTSIDE = [137, 143];
/** A run of this length resets the count of crashes. */
const WELL_MS = 300_000;

/** How the container ended, if it ended by itself. */
export function describeCrash(current: ContainerView): StepOf<'startContainer'>['afterCrash'] {
	const { runState, exitCode, stateError, startedAt, finishedAt } = current;
	const isFault =
		!OWNER_DOWN.test(stateError) && (stateError !== '' || (exitCode !== 0 && !ENDED_FROM_OUTSIDE.includes(exitCode)));
	if (runState !== 'exited' || !isFault) {
		return undefined;
	}
	const ranMs = Date.parse(finishedAt ?? '') - Date.parse(startedAt ?? '');
	return { exitCode, error: stateError, wasWell: ranMs >= WELL_MS };
}

/** The pause before the container is started again: 10 s, doubling, up to five minutes (decision D1). */
export function whyCrashLoop({ containerId }: ContainerView, { facts }: PlanningContext): WaitReason | undefined {
	const crash = facts.crashes.get(containerId);
	if (crash === undefined) {
		return undefined;
	}
	const { until, restarts, exitCode, error, lines } = crash;
	return { kind: 'crash-loop', until, restarts, exitCode, error, lines };
}
