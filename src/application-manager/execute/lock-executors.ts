import type { Executors } from '../../ports/executors.ts';
import type { ExecutorOptions } from './executor-options.ts';

/**
 * Lock files carry the mark of the supervisor: taking an own lock again and releasing a missing one are success (spec:
 * planner 9).
 */
export function lockExecutors({
	locks,
	systemLog,
	failures,
}: ExecutorOptions): Pick<Executors, 'takeLock' | 'releaseLock'> {
	return {
		takeLock: async ({ appId, services, force }) => {
			const what = `locks of ${appId}`;
			if (!failures.has(what)) {
				systemLog.write('Taking update locks');
			}
			try {
				await locks.take({ appId, services, force });
			} catch (error) {
				if (failures.isNew(what, 'locked')) {
					systemLog.write('Releasing update locks'); // a failure releases all of them
				}
				throw error;
			}
			if (failures.forget(what)) {
				systemLog.write('Taking update locks');
			}
		},
		releaseLock: async ({ appId }) => {
			systemLog.write('Releasing update locks');
			await locks.release(appId);
		},
	};
}
