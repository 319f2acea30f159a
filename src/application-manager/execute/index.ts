/**
 * Carries out the steps of apps, one executor for each kind. Owns nothing; decides nothing: what to do and when stands
 * in the step. Each executor can be repeated without harm.
 */
import type { HostConfigChange } from '../../domain/host-config.ts';
import type { StepOf } from '../../domain/step.ts';
import type { Executors } from '../../ports/executors.ts';
import { containerExecutors } from './container-executors.ts';
import type { ExecutorOptions } from './executor-options.ts';
import { handOverExecutors } from './hand-over-executors.ts';
import { imageExecutors } from './image-executors.ts';
import { lockExecutors } from './lock-executors.ts';
import { networkExecutors } from './network-executors.ts';
import { withLocksOf } from './lock-all.ts';
import { powerExecutors } from './power-executors.ts';
import { restoreExecutors } from './restore-executors.ts';

export interface AllExecutorOptions extends ExecutorOptions {
	readonly settings: { apply(step: StepOf<'changeSettings'>): Promise<void> };
	readonly boot: { apply(variables: Readonly<Record<string, string>>): Promise<void> };
	readonly localMode: { takeSnapshot(): Promise<void>; cleanUp(): Promise<void> };
	readonly hostConfig: { apply(requestId: string, change: HostConfigChange): Promise<void> };
	readonly vpn: { apply(enabled: boolean): Promise<void> };
}

export function createExecutors(options: AllExecutorOptions): Executors {
	return {
		...imageExecutors(options),
		...networkExecutors(options),
		...containerExecutors(options),
		...handOverExecutors(options),
		...lockExecutors(options),
		...powerExecutors(options),
		...restoreExecutors(options),
		recordCommit: ({ appId, commit }) => options.commits.save(appId, commit),
		changeSettings: (step) => options.settings.apply(step),
		changeBootConfig: ({ variables }) => options.boot.apply(variables),
		takeEngineSnapshot: () => options.localMode.takeSnapshot(),
		leaveLocalMode: () => options.localMode.cleanUp(),
		changeHostConfig: (step) => withLocksOf(step, options, () => options.hostConfig.apply(step.requestId, step.change)),
		setVpn: ({ enabled }) => options.vpn.apply(enabled),
	};
}
