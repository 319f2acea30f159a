import type { StepOf } from '../../domain/step.ts';
import type { Executors } from '../../ports/executors.ts';
import { createService } from './create-service.ts';
import type { ExecutorOptions } from './executor-options.ts';
import { removeService } from './remove-service.ts';
import { reportOutcome } from './report-outcome.ts';
import { objectOf, startService, stopService } from './start-stop.ts';

const LAST_LINES = 10;

type ContainerSteps =
	| 'createContainer'
	| 'startContainer'
	| 'unpauseContainer'
	| 'stopContainer'
	| 'restartContainer'
	| 'removeContainer'
	| 'renameContainer';

/**
 * Containers are found again by name and labels; the answers "already so" and "not found" are success (spec: compose 3,
 * planner 10).
 */
export function containerExecutors(options: ExecutorOptions): Pick<Executors, ContainerSteps> {
	const { engine, exits } = options;
	return {
		createContainer: async (step) => {
			await createService(step, options);
		},
		startContainer: async (step) => {
			await noteCrash(step, options);
			await startService(step, options);
		},
		unpauseContainer: ({ containerId }) => engine.unpauseContainer(containerId),
		stopContainer: async (step) => {
			await stopService(step, options);
		},
		restartContainer: async (step) => {
			const object = objectOf(step);
			const texts = { before: 'Restarting service', failed: 'Failed to restart service', object };
			await reportOutcome(options, texts, () =>
				exits.starting(step.containerId, () => engine.restartContainer(step.containerId)),
			);
		},
		removeContainer: (step) => removeService(step, options),
		renameContainer: async (step) => {
			await reportOutcome(options, { failed: 'Failed to update service', object: objectOf(step) }, () =>
				engine.renameContainer(step.containerId, step.name),
			);
		},
	};
}

/** Noted before the start: otherwise, after a crash of the supervisor, the next start would have no pause. */
async function noteCrash(
	{ containerId, afterCrash }: StepOf<'startContainer'>,
	{ crashes, engine, log }: ExecutorOptions,
): Promise<void> {
	if (afterCrash === undefined) {
		return;
	}
	const { wasWell, ...cause } = afterCrash;
	const lines = await engine.logTail(containerId, LAST_LINES);
	log.info('service ended by itself', { container: containerId, ...cause });
	await crashes.note({ containerId, ...cause, lines }, wasWell);
}
