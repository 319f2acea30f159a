import isEqual from 'lodash/isEqual.js';
import { readDeviceType, type Config } from '../config/index.ts';
import type { HostComposeFacts } from '../ports/compose-facts.ts';
import type { HostFacts } from '../ports/settings.ts';
import type { ComposeContext } from '../application-manager/index.ts';

interface DeviceContextOptions {
	readonly config: Pick<Config, 'current'>;
	readonly host: Pick<HostFacts, 'deviceType' | 'osRelease'>;
	readonly composeFacts: () => Promise<HostComposeFacts>;
	readonly dockerSocketPath: string;
	readonly supervisorHost: string;
}

/** The facts that services are composed with: the same object until one of them changes, so that nothing is composed twice. */
export class DeviceContext {
	readonly #options: DeviceContextOptions;
	#last: ComposeContext | undefined;

	constructor(options: DeviceContextOptions) {
		this.#options = options;
	}

	async read(): Promise<ComposeContext> {
		const context = await this.#compose();
		this.#last = isEqual(context, this.#last) && this.#last !== undefined ? this.#last : context;
		return this.#last;
	}

	async #compose(): Promise<ComposeContext> {
		const { config, host, composeFacts, dockerSocketPath, supervisorHost } = this.#options;
		const { hostname, ...facts } = await composeFacts();
		const { slug, arch } = await readDeviceType(host);
		const hostOsVersion = (await host.osRelease())?.get('PRETTY_NAME');
		const settings = config.current();
		return {
			deviceUuid: settings.uuid ?? '',
			deviceName: settings.deviceName,
			deviceType: slug,
			deviceArch: arch,
			...(hostOsVersion === undefined ? {} : { hostOsVersion }),
			hostname: settings.hostname ?? hostname,
			deviceApiKey: settings.deviceApiKey,
			apiEndpoint: settings.apiEndpoint,
			listenPort: settings.listenPort,
			supervisorHost,
			dockerSocket: dockerSocketPath,
			...facts,
		};
	}
}
