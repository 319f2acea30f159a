import type { HostFacts } from '../ports/settings.ts';
import type { StoredKey, StoredValues } from './schema.ts';

/** Values that follow from others and from the machine (spec: config 4.3). Read only. */
export interface ComputedValues {
	readonly version: string;
	readonly currentApiKey: string;
	readonly provisioned: boolean;
	readonly unmanaged: boolean;
	readonly osVersion: string | undefined;
	readonly osVariant: string | undefined;
	readonly macAddress: string | undefined;
	readonly deviceType: string;
	readonly deviceArch: string;
	readonly provisioningOptions: ProvisioningOptions;
	readonly extendedEnvOptions: ExtendedEnvOptions;
	readonly fetchOptions: FetchOptions;
}

export type ComputedKey = keyof ComputedValues;

type FromStore<K extends StoredKey> = Pick<StoredValues, K>;

export type ProvisioningOptions = FromStore<
	'uuid' | 'applicationId' | 'deviceApiKey' | 'apiEndpoint' | 'apiRequestTimeout' | 'registered_at' | 'deviceId'
> &
	Pick<ComputedValues, 'deviceArch' | 'deviceType' | 'osVersion' | 'osVariant' | 'macAddress'> & {
		readonly provisioningApiKey: StoredValues['apiKey'];
		readonly supervisorVersion: string;
	};

export type ExtendedEnvOptions = FromStore<'uuid' | 'listenPort' | 'name' | 'apiEndpoint' | 'deviceApiKey'> &
	Pick<ComputedValues, 'version' | 'deviceArch' | 'deviceType' | 'osVersion'>;

export type FetchOptions = FromStore<
	| 'uuid'
	| 'apiEndpoint'
	| 'deltaEndpoint'
	| 'delta'
	| 'deltaRequestTimeout'
	| 'deltaApplyTimeout'
	| 'deltaRetryCount'
	| 'deltaRetryInterval'
	| 'deltaVersion'
> &
	Pick<ComputedValues, 'currentApiKey'>;

export interface ComputedSources {
	readonly host: HostFacts;
	readonly version: string;
	getMany<K extends StoredKey | ComputedKey>(keys: readonly K[]): Promise<Pick<StoredValues & ComputedValues, K>>;
}

export const COMPUTED: { readonly [K in ComputedKey]: (from: ComputedSources) => Promise<ComputedValues[K]> } = {
	version: (from) => Promise.resolve(from.version),
	currentApiKey: async (from) => {
		const { apiKey, deviceApiKey } = await from.getMany(['apiKey', 'deviceApiKey']);
		return apiKey ?? deviceApiKey;
	},
	provisioned: async (from) => {
		const values = await from.getMany(['uuid', 'apiEndpoint', 'registered_at', 'deviceId']);
		return Object.values(values).every(Boolean);
	},
	unmanaged: async (from) => (await from.getMany(['apiEndpoint'])).apiEndpoint === '',
	osVersion: async (from) => (await from.host.osRelease())?.get('PRETTY_NAME'),
	osVariant: async (from) => {
		const release = await from.host.osRelease();
		const variant = release?.get('VARIANT_ID');
		if (release === undefined || variant !== undefined) {
			return variant;
		}
		return (await from.getMany(['developmentMode'])).developmentMode ? 'dev' : 'prod';
	},
	macAddress: (from) => from.host.macAddresses(),
	deviceType: async (from) => (await from.host.deviceType()).slug,
	deviceArch: async (from) => (await from.host.deviceType()).arch,
	provisioningOptions: readProvisioningOptions,
	extendedEnvOptions: (from) =>
		from.getMany([
			'uuid',
			'listenPort',
			'name',
			'apiEndpoint',
			'deviceApiKey',
			'version',
			'deviceArch',
			'deviceType',
			'osVersion',
		]),
	fetchOptions: (from) =>
		from.getMany([
			'uuid',
			'currentApiKey',
			'apiEndpoint',
			'deltaEndpoint',
			'delta',
			'deltaRequestTimeout',
			'deltaApplyTimeout',
			'deltaRetryCount',
			'deltaRetryInterval',
			'deltaVersion',
		]),
};

/** What a computed value is when it cannot be had; the others fail. */
export const COMPUTED_DEFAULTS: Partial<ComputedValues> = { deviceType: 'unknown', deviceArch: 'unknown' };

export function isComputedKey(key: string): key is ComputedKey {
	return Object.hasOwn(COMPUTED, key);
}

async function readProvisioningOptions(from: ComputedSources): Promise<ProvisioningOptions> {
	const { apiKey, version, ...rest } = await from.getMany([
		'uuid',
		'applicationId',
		'deviceArch',
		'deviceType',
		'apiKey',
		'deviceApiKey',
		'apiEndpoint',
		'apiRequestTimeout',
		'registered_at',
		'deviceId',
		'version',
		'osVersion',
		'osVariant',
		'macAddress',
	]);
	return { ...rest, provisioningApiKey: apiKey, supervisorVersion: version };
}
