import { NO_PATH } from '../../domain/engine-objects.ts';
import type { StepOf } from '../../domain/step.ts';
import { stopService } from './start-stop.ts';
import type { ExecutorOptions } from './executor-options.ts';

/**
 * Stops a container and removes it. Its anonymous volumes are stored first: after the removal no other object names
 * them (decision D23).
 */
export async function removeService(
	step: StepOf<'removeContainer' | 'finishHandOver'>,
	options: ExecutorOptions,
): Promise<void> {
	const { engine, keptVolumes, systemLog } = options;
	const { appId, serviceName, containerId, volumes, image } = step;
	const isGoing = step.kind === 'finishHandOver' || step.isUp;
	if (isGoing) {
		await stopService(step, options);
	} else {
		systemLog.write(`Service is already stopped, removing container '${serviceName} ${image}'`);
	}
	const left = [...Object.entries(volumes.keep), ...volumes.drop.map((name) => [NO_PATH, name] as const)];
	if (left.length > 0) {
		await keptVolumes.save(left.map(([path, name]) => ({ appId, serviceName, path, name })));
	}
	await engine.removeContainer(containerId, { force: step.kind === 'removeContainer' && step.force === true });
}
