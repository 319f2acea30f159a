import type { Config } from '../config/index.ts';
import { StaleCache } from '../lib/stale-cache.ts';
import type { HostComposeFacts } from '../ports/compose-facts.ts';
import type { ComposeContext } from '../application-manager/index.ts';

interface DeviceContextOptions {
	readonly config: Pick<Config, 'getMany'>;
	readonly host: () => Promise<HostComposeFacts>;
	readonly dockerSocketPath: string;
	readonly supervisorHost: string;
}

/** The facts that services are composed with: the same object until `invalidate`, so that no app is composed twice. */
export class DeviceContext {
	readonly #options: DeviceContextOptions;
	readonly #context: StaleCache<ComposeContext>;

	constructor(options: DeviceContextOptions) {
		this.#options = options;
		this.#context = new StaleCache(() => this.#compose());
	}

	read(): Promise<ComposeContext> {
		return this.#context.get();
	}

	invalidate(): void {
		this.#context.invalidate();
	}

	async #compose(): Promise<ComposeContext> {
		const { config, dockerSocketPath, supervisorHost } = this.#options;
		const host = await this.#options.host();
		const values = await config.getMany([
			'uuid',
			'name',
			'deviceType',
			'deviceArch',
			'osVersion',
			'hostname',
			'deviceApiKey',
			'apiEndpoint',
			'listenPort',
		]);
		return {
			deviceUuid: values.uuid ?? '',
			deviceName: values.name,
			deviceType: values.deviceType,
			deviceArch: values.deviceArch,
			...(values.osVersion == null ? {} : { hostOsVersion: values.osVersion }),
			hostname: values.hostname ?? host.hostname,
			deviceApiKey: values.deviceApiKey,
			apiEndpoint: values.apiEndpoint,
			listenPort: values.listenPort,
			supervisorHost,
			dockerSocket: dockerSocketPath,
			hasKernelModules: host.hasKernelModules,
			hasFirmware: host.hasFirmware,
			...(host.boardRev === undefined ? {} : { boardRev: host.boardRev }),
		};
	}
}
