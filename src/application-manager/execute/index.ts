/**
 * Carries out the steps of apps, one executor for each kind. Owns nothing; decides nothing: the step says what to do.
 * Each executor can be repeated without harm.
 */
import type { StepOf } from '../../domain/step.ts';
import { containerExecutors } from './container-executors.ts';
import type { ExecutorOptions } from './executor-options.ts';
import { handOverExecutors } from './hand-over-executors.ts';
import { imageExecutors } from './image-executors.ts';
import { lockExecutors } from './lock-executors.ts';
import { networkExecutors } from './network-executors.ts';

/** Executors of the device are in `device-state/execute`. */
export function appExecutors(options: ExecutorOptions) {
	return {
		...imageExecutors(options),
		...networkExecutors(options),
		...containerExecutors(options),
		...handOverExecutors(options),
		...lockExecutors(options),
		recordCommit: ({ appId, commit }: StepOf<'recordCommit'>) => options.commits.save(appId, commit),
	};
}
