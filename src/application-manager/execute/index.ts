/**
 * Carries out the steps of apps, one executor for each kind. Owns nothing; decides nothing: what to do and when stands
 * in the step. Each executor can be repeated without harm.
 */
import type { SettingValue } from '../../domain/target.ts';
import type { Executors } from '../../ports/executors.ts';
import { containerExecutors } from './container-executors.ts';
import type { ExecutorOptions } from './executor-options.ts';
import { handOverExecutors } from './hand-over-executors.ts';
import { imageExecutors } from './image-executors.ts';
import { lockExecutors } from './lock-executors.ts';
import { networkExecutors } from './network-executors.ts';
import { powerExecutors } from './power-executors.ts';

export interface AllExecutorOptions extends ExecutorOptions {
	readonly changeSettings: (settings: Readonly<Record<string, SettingValue>>) => Promise<void>;
}

export function createExecutors(options: AllExecutorOptions): Executors {
	return {
		...imageExecutors(options),
		...networkExecutors(options),
		...containerExecutors(options),
		...handOverExecutors(options),
		...lockExecutors(options),
		...powerExecutors(options),
		recordCommit: ({ appId, commit }) => options.commits.save(appId, commit),
		changeSettings: ({ settings }) => options.changeSettings(settings),
	};
}
