import type { StepOf } from '../../domain/step.ts';
import type { Executors } from '../../ports/executors.ts';
import { BackupError } from '../../ports/migration-backup.ts';
import { OperationalError } from '../../ports/operational-error.ts';
import { volumeBody } from '../../application-manager/index.ts';
import type { DeviceExecutorOptions } from './device-executor-options.ts';

/** No volume is changed before the whole archive is known to belong to this app (spec: host 15). */
export function restoreExecutors(options: DeviceExecutorOptions): Pick<Executors, 'restoreVolumes'> {
	return {
		restoreVolumes: async (step) => {
			try {
				await restoreVolumes(step, options);
			} catch (error) {
				if (error instanceof OperationalError && options.failures.isNew('restore', error.message)) {
					const message = `Error restoring migration backup, retrying: ${error.message}`;
					options.systemLog.write(message, { error: true });
				}
				throw error;
			}
		},
	};
}

async function restoreVolumes(
	{ volumes }: StepOf<'restoreVolumes'>,
	{ engine, backup, log, systemLog }: DeviceExecutorOptions,
): Promise<void> {
	const names = await backup.unpack();
	const specs = new Map(volumes.map((volume) => [volume.volumeName, volume]));
	const unknown = names.find((name) => !specs.has(name));
	if (unknown !== undefined) {
		await backup.discard();
		throw new BackupError(`Invalid backup: ${unknown} is no volume of the release`);
	}
	for (const volume of names.flatMap((name) => specs.get(name) ?? [])) {
		// The engine answers a second creation with the existing volume.
		await engine.createVolume(volumeBody(volume));
		const there = (await engine.listVolumes()).find(({ Name }) => Name === volume.engineName);
		if (there?.Mountpoint === undefined) {
			throw new BackupError(`volume ${volume.engineName} has no mount point on this device`);
		}
		const { keptAt } = await backup.restore(volume.volumeName, there.Mountpoint);
		log.info('volume restored from backup', { volume: volume.engineName, keptAt });
		if (keptAt !== undefined) {
			systemLog.write(`Volume '${volume.volumeName}' was replaced from the backup; what it held is kept at ${keptAt}`);
		}
	}
	await backup.finish();
}
