import type { Log } from '../ports/log.ts';
import type { Config } from './config.ts';

const VOLUME = 'extra-firmware';

interface ExtraFirmwareOptions {
	readonly config: Pick<Config, 'current' | 'set' | 'isRefused'>;
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
	isSet(): Promise<boolean> {
		const kernel = this.#findKernel();
		return Promise.resolve(kernel === undefined || kernel.values['extraFirmwareVol'] === VOLUME);
	}

	/** Keeps the rest of the system's settings. */
	async set(): Promise<void> {
		const kernel = this.#findKernel();
		const before = kernel?.values['extraFirmwareVol'];
		if (kernel === undefined || before === VOLUME) {
			return;
		}
		if (before !== undefined) {
			this.#options.log.info('volume of extra firmware replaced', { before, now: VOLUME });
		}
		await this.#options.config.set({ os: { ...kernel.os, kernel: { ...kernel.values, extraFirmwareVol: VOLUME } } });
	}

	#findKernel():
		{ readonly os: Readonly<Record<string, unknown>>; readonly values: Readonly<Record<string, unknown>> } | undefined {
		const { config } = this.#options;
		const { os = {} } = config.current();
		if (config.isRefused('os') || !isObject(os)) {
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
