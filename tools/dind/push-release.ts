import { createRelease } from './cloud.ts';
import type { DeviceRecord } from './device-folder.ts';
import { composeLocalTarget, setLocalTarget } from './local-target.ts';
import type { PreparedRelease } from './prepare-release.ts';
import { markRelease } from './supervisor.ts';

/** Through the stand-in cloud, or without a cloud through the device's own API. Returns its commit. */
export async function pushRelease(
	directory: string,
	options: { readonly record: DeviceRecord; readonly prepared: PreparedRelease; readonly folder: string },
): Promise<string> {
	const { record, prepared, folder } = options;
	if (record.fleet !== undefined) return (await createRelease(directory, record.fleet.id, prepared)).commit;
	const target = composeLocalTarget(prepared, { folder, env: process.env });
	markRelease(directory);
	await setLocalTarget(record.port, target);
	return target.commit;
}
