import type { Cloud } from '../api-binder/index.ts';
import { isUnmanaged, type Config } from '../config/index.ts';
import type { DeviceState } from '../device-state/index.ts';

interface StartUpdateOptions {
	readonly config: Pick<Config, 'read'>;
	readonly reconciler: Pick<DeviceState['reconciler'], 'update'>;
	readonly fetches: Pick<Cloud['fetches'], 'ask'>;
}

/**
 * `POST /v1/update` (spec: device-api 3.6): observes the device now, and fetches the target. Resolves before the fetch.
 */
export async function startUpdate(
	request: { readonly force: boolean },
	{ config, reconciler, fetches }: StartUpdateOptions,
): Promise<boolean> {
	const settings = await config.read();
	if (!request.force && !settings.instantUpdates) {
		return false;
	}
	reconciler.update(request);
	if (!isUnmanaged(settings)) {
		fetches.ask(request);
	}
	return true;
}
