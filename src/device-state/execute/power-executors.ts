import { eventLine } from '../../domain/event-line.ts';
import type { StepOf } from '../../domain/step.ts';
import type { Executors } from '../../ports/executors.ts';
import { UpdatesLocked } from '../../ports/update-locks.ts';
import type { DeviceExecutorOptions } from './device-executor-options.ts';
import { releaseLocks, takeLocksOf } from './lock-all.ts';

/** If it is asked again, the system continues with what it is about to do (spec: planner 6.3). */
export function powerExecutors(options: DeviceExecutorOptions): Pick<Executors, 'markReboot' | 'reboot' | 'shutdown'> {
	const { rebootMark, power, systemLog, log } = options;
	return {
		markReboot: async ({ changes }) => {
			systemLog.write(`Reboot has been scheduled to apply changes: ${JSON.stringify(changes)}`);
			log.info(eventLine('Reboot scheduled'));
			await rebootMark.set();
		},
		reboot: async (step) => {
			await withAllLocks(step, options, async () => {
				systemLog.write('Rebooting');
				log.info(eventLine('Reboot', { force: step.force }));
				await power.reboot();
			});
		},
		shutdown: async (step) => {
			await withAllLocks(step, options, async () => {
				systemLog.write('Shutting down');
				log.info(eventLine('Shutdown', { force: step.force }));
				await power.powerOff();
			});
		},
	};
}

/** After the system was asked, the locks stay: they are on a file system that the reboot clears. */
async function withAllLocks(
	step: StepOf<'reboot' | 'shutdown'>,
	{ locks, power }: DeviceExecutorOptions,
	ask: () => Promise<void>,
): Promise<void> {
	if (!step.duringHostUpdate && (await power.isHostUpdating())) {
		throw new UpdatesLocked('Waiting for Host OS update to finish');
	}
	const taken = await takeLocksOf(step, locks);
	try {
		await ask();
	} catch (error) {
		await releaseLocks(taken, locks); // released before steps start again, so that the next pass does not find them
		power.resume();
		throw error;
	}
}
