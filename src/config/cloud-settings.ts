import type { CloudSettings, CloudSettingsStore, IdentityChange } from '../ports/cloud-settings.ts';
import type { Config } from './config.ts';

/** What the cloud side reads and writes, by the names of the store. */
export class ConfigCloudSettings implements CloudSettingsStore {
	readonly #config: Pick<Config, 'getMany' | 'set'>;

	constructor(config: Pick<Config, 'getMany' | 'set'>) {
		this.#config = config;
	}

	async read(): Promise<CloudSettings> {
		const values = await this.#config.getMany([
			'apiEndpoint',
			'apiEndpointOverride',
			'uuid',
			'deviceApiKey',
			'apiKey',
			'deviceId',
			'registered_at',
			'applicationId',
			'apiRequestTimeout',
			'appUpdatePollInterval',
			'bootstrapRetryDelay',
			'instantUpdates',
			'hardwareMetrics',
			'localMode',
			'listenPort',
		]);
		const { apiEndpointOverride, uuid, apiKey, deviceId, registered_at: registeredAt, applicationId } = values;
		return {
			apiEndpoint: values.apiEndpoint,
			...(apiEndpointOverride == null ? {} : { apiEndpointOverride }),
			...(uuid == null ? {} : { uuid }),
			...(values.deviceApiKey === '' ? {} : { deviceApiKey: values.deviceApiKey }),
			...(apiKey == null ? {} : { provisioningKey: apiKey }),
			...(deviceId == null ? {} : { deviceId }),
			...(registeredAt == null ? {} : { registeredAt }),
			...(applicationId == null ? {} : { applicationId }),
			requestTimeoutMs: values.apiRequestTimeout,
			pollIntervalMs: values.appUpdatePollInterval,
			bootstrapRetryDelayMs: values.bootstrapRetryDelay,
			instantUpdates: values.instantUpdates,
			hardwareMetrics: values.hardwareMetrics,
			localMode: values.localMode,
			listenPort: values.listenPort,
		};
	}

	async saveIdentity(change: IdentityChange): Promise<void> {
		await this.#config.set({
			...(change.uuid === undefined ? {} : { uuid: change.uuid }),
			...(change.deviceApiKey === undefined ? {} : { deviceApiKey: change.deviceApiKey }),
			...(change.provisioningKey === undefined ? {} : { apiKey: change.provisioningKey }),
			...(change.deviceId === undefined ? {} : { deviceId: change.deviceId }),
			...(change.registeredAt === undefined ? {} : { registered_at: change.registeredAt }),
		});
	}
}
