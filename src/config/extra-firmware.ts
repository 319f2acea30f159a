import type { Log } from '../ports/log.ts';
import type { Config } from './config.ts';
import { ConfigError } from './config-error.ts';

const VOLUME = 'extra-firmware';

export interface ExtraFirmwareOptions {
	readonly config: Pick<Config, 'get' | 'set'>;
	readonly log: Log;
}

/** Setting `os.kernel.extraFirmwareVol`: in which volume the operating system looks for firmware (spec: host 7). */
export class ExtraFirmware {
	readonly #options: ExtraFirmwareOptions;
	#warned = false;

	constructor(options: ExtraFirmwareOptions) {
		this.#options = options;
	}

	/** Also where the settings of the system are malformed: a person has to repair them, and nothing depends on it. */
	async isSet(): Promise<boolean> {
		const kernel = await this.#readKernel();
		return kernel === undefined || kernel.values['extraFirmwareVol'] === VOLUME;
	}

	/** Keeps the rest of the system's settings. */
	async set(): Promise<void> {
		const kernel = await this.#readKernel();
		const before = kernel?.values['extraFirmwareVol'];
		if (kernel === undefined || before === VOLUME) {
			return;
		}
		if (before !== undefined) {
			this.#options.log.info('volume of extra firmware replaced', { before, now: VOLUME });
		}
		await this.#options.config.set({ os: { ...kernel.os, kernel: { ...kernel.values, extraFirmwareVol: VOLUME } } });
	}

	async #readKernel(): Promise<
		{ readonly os: Readonly<Record<string, unknown>>; readonly values: Readonly<Record<string, unknown>> } | undefined
	> {
		let os: Readonly<Record<string, unknown>>;
		try {
			os = (await this.#options.config.get('os')) ?? {};
		} catch (error) {
			if (!(error instanceof ConfigError) || error.code !== 'config-invalid-value') {
				throw error;
			}
			return this.#malformed('os');
		}
		if (!isObject(os)) {
			return this.#malformed('os'); // an array passes as a map
		}
		const values = os['kernel'] ?? {};
		return isObject(values) ? { os, values } : this.#malformed('os.kernel');
	}

	#malformed(property: string): undefined {
		if (!this.#warned) {
			this.#warned = true;
			this.#options.log.warn('config.json is unchanged: not an object', { property });
		}
		return undefined;
	}
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
	return typeof value === 'object' && value !== null && !Array.isArray(value);
}
