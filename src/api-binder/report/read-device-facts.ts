import { readDeviceType, type Config } from '../../config/index.ts';
import type { DeviceFacts } from '../../device-state/index.ts';
import type { HostFacts } from '../../ports/settings.ts';
import type { KeyStore } from '../../ports/stores.ts';

interface DeviceFactsSources {
	readonly config: Pick<Config, 'current'>;
	readonly host: HostFacts;
	readonly supervisorVersion: string;
	readonly keys: Pick<KeyStore, 'globalKey'>;
	readonly readAddresses: () => readonly string[];
}

/** What the device reports of itself, to the cloud and to callers of its API. */
export async function readDeviceFacts(sources: DeviceFactsSources): Promise<DeviceFacts> {
	const { config, host, supervisorVersion, keys, readAddresses } = sources;
	const release = await host.osRelease();
	const osVersion = release?.get('PRETTY_NAME');
	const { developmentMode } = config.current();
	const osVariant = release && (release.get('VARIANT_ID') ?? (developmentMode ? 'dev' : 'prod'));
	const macAddress = await host.macAddresses();
	const ipAddress = readAddresses().join(' ');
	return {
		deviceType: (await readDeviceType(host)).slug,
		supervisorVersion,
		...(osVersion === undefined ? {} : { osVersion }),
		...(osVariant === undefined ? {} : { osVariant }),
		...(macAddress === undefined ? {} : { macAddress }),
		...(ipAddress === '' ? {} : { ipAddress }),
		apiSecret: await keys.globalKey(),
	};
}
