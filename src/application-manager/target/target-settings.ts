import { settingsToChange, VARIABLE_KEYS, type Config, type CurrentSettings } from '../../config/index.ts';
import type { SettingValue } from '../../domain/target.ts';
import { StaleCache } from '../../lib/stale-cache.ts';
import type { SystemLog } from '../../ports/log.ts';

export interface TargetSettingsOptions {
	readonly config: Pick<Config, 'getMany' | 'set'>;
	readonly systemLog: SystemLog;
}

/** Settings that the target asks for through its configuration variables (spec: config 5). */
export class TargetSettings {
	readonly #options: TargetSettingsOptions;
	readonly #current: StaleCache<CurrentSettings>;
	#warned = '';

	constructor(options: TargetSettingsOptions) {
		this.#options = options;
		this.#current = new StaleCache(() => options.config.getMany([...VARIABLE_KEYS, 'unmanaged']));
	}

	/** What differs. Warnings about values that mean nothing are written when they are new. */
	async differences(variables: Readonly<Record<string, string>>): Promise<Readonly<Record<string, SettingValue>>> {
		const { settings, warnings } = settingsToChange(variables, await this.#current.get());
		const text = warnings.join('\n');
		if (text !== this.#warned) {
			this.#warned = text;
			warnings.forEach((warning) => {
				this.#options.systemLog.write(warning);
			});
		}
		return settings;
	}

	/** A setting may have changed. */
	invalidate(): void {
		this.#current.invalidate();
	}

	async apply(settings: Readonly<Record<string, SettingValue>>): Promise<void> {
		const { config, systemLog } = this.#options;
		const json = JSON.stringify(settings);
		systemLog.write(`Applying configuration change ${json}`);
		try {
			await config.set(settings);
		} catch (error) {
			systemLog.write(`Error applying configuration change: ${String(error)}`, { error: true });
			throw error;
		}
		systemLog.write(`Applied configuration change ${json}`);
	}
}
