import { EngineError } from '../../ports/engine.ts';
import type { ExecutorOptions } from './executor-options.ts';
import { reportOutcome } from './report-outcome.ts';

/**
 * Starts a container and notifies the user, unless the engine says that it ran already. An engine that shuts down
 * refuses new connections, and still serves existing ones: a container that it starts then may never be started again
 * (decision D1).
 */
export async function startService(
	step: ServiceObject & { readonly appId: number; readonly containerId: string },
	options: ExecutorOptions,
): Promise<void> {
	const { engine, systemLog, failedStarts, exits } = options;
	const object = objectOf(step);
	const texts = { before: 'Starting service', failed: 'Failed to start service', object };
	const { containerId } = step;
	const service = `${step.appId}/${step.serviceName}`;
	await engine.ping();
	try {
		const outcome = await reportOutcome(options, texts, () =>
			exits.starting(containerId, () => engine.startContainer(containerId)),
		);
		failedStarts.started({ containerId, service });
		if (outcome === 'done') {
			systemLog.write(`Started service '${object}'`);
		}
	} catch (error) {
		if (error instanceof EngineError && error.code !== 'engine-unreachable') {
			failedStarts.note({ containerId, service, error: error.message, hasRemains: error.code === 'engine-remains' });
		}
		throw error;
	}
}

/** The engine waits for the grace period of the container. */
export async function stopService(
	step: ServiceObject & { readonly containerId: string },
	options: ExecutorOptions,
): Promise<void> {
	const { engine, systemLog } = options;
	const object = objectOf(step);
	const texts = { before: 'Killing service', failed: 'Failed to kill service', object };
	const outcome = await reportOutcome(options, texts, () => engine.stopContainer(step.containerId));
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

export function objectOf({ serviceName, image }: ServiceObject): string {
	return `${serviceName} ${image}`;
}
