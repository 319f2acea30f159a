import { eventLine } from '../../domain/event-line.ts';
import type { StepOf } from '../../domain/step.ts';
import type { Executors } from '../../ports/executors.ts';
import { OperationalError } from '../../ports/operational-error.ts';
import { UpdatesLocked } from '../../ports/update-locks.ts';
import type { DeviceExecutorOptions } from './device-executor-options.ts';
import { releaseLocks, takeLocksOf } from './lock-all.ts';

type PowerExecutors = Pick<Executors, 'markReboot' | 'giveUpReboots' | 'forgetReboots' | 'reboot' | 'shutdown'>;

/** If it is asked again, the system continues with what it is about to do (spec: planner 6.3). */
export function powerExecutors(options: DeviceExecutorOptions): PowerExecutors {
	const { rebootMark, reboots, power, systemLog, log } = options;
	return {
		markReboot: async ({ changes, cause }) => {
			systemLog.write(`Reboot has been scheduled to apply changes: ${JSON.stringify(changes)}`);
			log.info(eventLine('Reboot scheduled'));
			await rebootMark.set(cause);
		},
		giveUpReboots: async ({ cause, reboots: made }) => {
			const message = `${made} reboots did not apply ${cause.what}; no more reboots for it until the target changes`;
			systemLog.write(message, { error: true });
			await reboots.giveUp(cause);
		},
		forgetReboots: ({ causes }) => reboots.forget(causes),
		reboot: (step) =>
			withAllLocks(step, options, async () => {
				if (step.countedFor !== undefined) {
					const { id } = await rebootMark.claim();
					await reboots.count(step.countedFor, id);
				}
				await askSystem(step, options, { notice: 'Rebooting', event: 'Reboot', ask: () => power.reboot() });
			}),
		shutdown: (step) =>
			withAllLocks(step, options, () =>
				askSystem(step, options, { notice: 'Shutting down', event: 'Shutdown', ask: () => power.powerOff() }),
			),
	};
}

/** The user reads of a refusal once, and of the next try only if it succeeds: it is retried until it does. */
async function askSystem(
	{ kind, force }: StepOf<'reboot' | 'shutdown'>,
	{ systemLog, log, failures }: DeviceExecutorOptions,
	{ notice, event, ask }: { notice: string; event: 'Reboot' | 'Shutdown'; ask: () => Promise<void> },
): Promise<void> {
	const isRetry = failures.has(kind);
	if (!isRetry) {
		systemLog.write(notice);
	}
	log.info(eventLine(event, { force }));
	try {
		await ask();
	} catch (error) {
		if (error instanceof OperationalError && failures.isNew(kind, error.message)) {
			systemLog.write(`Unable to ${kind === 'reboot' ? 'reboot' : 'shut down'}, retrying: ${error.message}`, {
				error: true,
			});
		}
		throw error;
	}
	failures.forget(kind);
	if (isRetry) {
		systemLog.write(notice);
	}
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
