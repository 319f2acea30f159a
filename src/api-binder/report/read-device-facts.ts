import type { Config } from '../../config/index.ts';
import type { DeviceFacts } from '../../ports/cloud-facts.ts';
import type { KeyStore } from '../../ports/stores.ts';

interface DeviceFactsSources {
	readonly config: Pick<Config, 'getMany'>;
	readonly keys: Pick<KeyStore, 'globalKey'>;
	readonly readAddresses: () => readonly string[];
}

/** What the device reports of itself, to the cloud and to callers of its API. */
export async function readDeviceFacts({ config, keys, readAddresses }: DeviceFactsSources): Promise<DeviceFacts> {
	const values = await config.getMany(['deviceType', 'version', 'osVersion', 'osVariant', 'macAddress']);
	const ipAddress = readAddresses().join(' ');
	return {
		deviceType: values.deviceType,
		supervisorVersion: values.version,
		...(values.osVersion == null ? {} : { osVersion: values.osVersion }),
		...(values.osVariant === undefined ? {} : { osVariant: values.osVariant }),
		...(values.macAddress == null ? {} : { macAddress: values.macAddress }),
		...(ipAddress === '' ? {} : { ipAddress }),
		apiSecret: await keys.globalKey(),
	};
}
