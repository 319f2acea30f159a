import type { Config } from './config.ts';
import { VARIABLE_KEYS, variablesOf } from './device-variables.ts';

/** What taking over preloaded apps asks of the settings and changes in them (spec: cloud-api 8.2). */
export class ConfigPreloadSettings {
	readonly #config: Pick<Config, 'getMany' | 'set'>;

	constructor(config: Pick<Config, 'getMany' | 'set'>) {
		this.#config = config;
	}

	async isFirstStart(): Promise<boolean> {
		const { provisioned, targetStateSet } = await this.#config.getMany(['provisioned', 'targetStateSet']);
		return !provisioned || !targetStateSet;
	}

	async currentVariables(): Promise<Readonly<Record<string, string>>> {
		return variablesOf(await this.#config.getMany([...VARIABLE_KEYS, 'unmanaged']));
	}

	async source(): Promise<string> {
		const { apiEndpoint } = await this.#config.getMany(['apiEndpoint']);
		return apiEndpoint === '' ? 'local' : apiEndpoint;
	}

	async pin(release: { readonly app: number; readonly commit: string }): Promise<void> {
		await this.#config.set({ pinDevice: release });
	}
}
