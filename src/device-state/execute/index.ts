/**
 * Carries out every step: those of apps through `application-manager`, those of the device itself here. Owns nothing;
 * decides nothing: the step says what to do. Each executor can be repeated without harm.
 */
import { appExecutors, type ExecutorOptions } from '../../application-manager/index.ts';
import type { Executors } from '../../ports/executors.ts';
import { configExecutors } from './config-executors.ts';
import type { DeviceExecutorOptions } from './device-executor-options.ts';
import { hostOsExecutors, type HostOsExecutorOptions } from './host-os-executors.ts';
import { withLocksOf } from './lock-all.ts';
import { powerExecutors } from './power-executors.ts';
import { restoreExecutors } from './restore-executors.ts';
import { supervisorExecutors, type SupervisorExecutorOptions } from './supervisor-executors.ts';

export type AllExecutorOptions = ExecutorOptions &
	DeviceExecutorOptions &
	HostOsExecutorOptions &
	SupervisorExecutorOptions;

export function createExecutors(options: AllExecutorOptions): Executors {
	return {
		...appExecutors(options),
		...powerExecutors(options),
		...restoreExecutors(options),
		...configExecutors(options),
		...hostOsExecutors(options),
		...supervisorExecutors(options),
		takeEngineSnapshot: () => options.localMode.takeSnapshot(),
		leaveLocalMode: () => options.localMode.cleanUp(),
		changeHostConfig: (step) => withLocksOf(step, options, () => options.hostConfig.apply(step.requestId, step.change)),
	};
}
