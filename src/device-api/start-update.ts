import type { Cloud } from '../api-binder/index.ts';
import type { Config } from '../config/index.ts';
import type { DeviceState } from '../device-state/index.ts';

interface StartUpdateOptions {
	readonly config: Pick<Config, 'getMany'>;
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
	const { instantUpdates, unmanaged } = await config.getMany(['instantUpdates', 'unmanaged']);
	if (!request.force && !instantUpdates) {
		return false;
	}
	reconciler.update(request);
	if (!unmanaged) {
		fetches.ask(request);
	}
	return true;
}
