import type { StepOf } from '../../domain/step.ts';
import type { Executors } from '../../ports/executors.ts';
import { createService } from './create-service.ts';
import type { ExecutorOptions } from './executor-options.ts';
import { reportOutcome } from './report-outcome.ts';

const LAST_LINES = 10;

type ContainerSteps =
	'createContainer' | 'startContainer' | 'unpauseContainer' | 'stopContainer' | 'removeContainer' | 'renameContainer';

/** Containers are found again by name and labels; "already so" and "gone" are success (spec: compose 3, planner 10). */
export function containerExecutors(options: ExecutorOptions): Pick<Executors, ContainerSteps> {
	const { engine, systemLog } = options;
	return {
		createContainer: async ({ spec }) => {
			await createService(spec, options);
		},
		startContainer: async (step) => {
			await noteCrash(step, options);
			await startService(step, options);
		},
		unpauseContainer: ({ containerId }) => engine.unpauseContainer(containerId),
		stopContainer: async (step) => {
			await stopService(step, options);
		},
		removeContainer: async (step) => {
			await stopService(step, options);
			await engine.removeContainer(step.containerId);
		},
		renameContainer: async (step) => {
			await reportOutcome(systemLog, { failed: 'Failed to update service', object: objectOf(step) }, () =>
				engine.renameContainer(step.containerId, step.name),
			);
		},
	};
}

/** Before it is started again: else a crash of ours would make it start without a pause. */
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

/** Tells its user, unless the engine says that it ran already. */
export async function startService(
	step: ServiceObject & { readonly containerId: string },
	{ engine, systemLog, failures }: ExecutorOptions,
): Promise<void> {
	const object = objectOf(step);
	const texts = { before: 'Starting service', failed: 'Failed to start service', object, failures };
	const outcome = await reportOutcome(systemLog, texts, () => engine.startContainer(step.containerId));
	if (outcome === 'done') {
		systemLog.write(`Started service '${object}'`);
	}
}

/** The engine waits for as long as the container may take to end. */
export async function stopService(
	step: ServiceObject & { readonly containerId: string },
	{ engine, systemLog, failures }: ExecutorOptions,
): Promise<void> {
	const object = objectOf(step);
	const texts = { before: 'Killing service', failed: 'Failed to kill service', object, failures };
	const outcome = await reportOutcome(systemLog, texts, () => engine.stopContainer(step.containerId));
	if (outcome === 'already') {
		systemLog.write(`Service is already stopped, removing container '${object}'`);
	}
	if (outcome === 'gone') {
		systemLog.write(`Service is already stopped and the container removed '${object}'`);
	}
	systemLog.write(`Killed service '${object}'`);
}

interface ServiceObject {
	readonly serviceName: string;
	readonly image: string;
}

function objectOf({ serviceName, image }: ServiceObject): string {
	return `${serviceName} ${image}`;
}
