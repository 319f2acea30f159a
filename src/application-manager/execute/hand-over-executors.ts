import type { StepOf } from '../../domain/step.ts';
import type { Executors } from '../../ports/executors.ts';
import { startService } from './start-stop.ts';
import { createService } from './create-service.ts';
import type { ExecutorOptions } from './executor-options.ts';
import { removeService } from './remove-service.ts';

const LOOK_AGAIN_MS = 100;

/**
 * The old container stays until the new one runs beside it (spec: planner 8). Two containers are a usual state: after a
 * crash the planner sees which one is newer and what is left to do.
 */
export function handOverExecutors(options: ExecutorOptions): Pick<Executors, 'handOver' | 'finishHandOver'> {
	const { engine } = options;
	return {
		handOver: async ({ appId, containerId, oldName, serviceName, creation }) => {
			await options.handOver.takeCompletion(appId, serviceName); // removes the files of an earlier hand-over
			await engine.disableRestart(containerId);
			if (oldName !== undefined) {
				await engine.renameContainer(containerId, oldName);
			}
			const successor = await createService(creation, options);
			const { image } = creation.spec.config;
			await startService({ appId, containerId: successor, serviceName, image }, options);
		},
		finishHandOver: async (step, { signal }) => {
			await waitForSuccessor(step, options, signal);
			await removeService(step, options);
		},
	};
}

/** Waits until the service leaves a file in its lock directory, or until the time-out. */
async function waitForSuccessor(
	{ appId, serviceName, startedAt, timeoutMs }: StepOf<'finishHandOver'>,
	{ handOver, clock, log }: ExecutorOptions,
	signal: AbortSignal,
): Promise<void> {
	const started = Date.parse(startedAt);
	// The engine and the supervisor use the same clock, which may have jumped since: at most the time-out from now.
	const leftMs = Math.min(timeoutMs, Math.max(0, started + timeoutMs - clock.wall().getTime()));
	const deadline = clock.now() + (Number.isNaN(leftMs) ? timeoutMs : leftMs);
	log.info('waiting for hand-over', { appId, service: serviceName, forMs: Math.round(deadline - clock.now()) });
	for (;;) {
		if (await handOver.takeCompletion(appId, serviceName)) {
			log.info('hand-over complete', { appId, service: serviceName });
			return;
		}
		if (clock.now() >= deadline) {
			log.info('hand-over timed out, taken as complete', { appId, service: serviceName });
			return;
		}
		await clock.sleep(Math.min(LOOK_AGAIN_MS, deadline - clock.now()), signal);
		signal.throwIfAborted();
	}
}
