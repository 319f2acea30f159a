import { settingsToChange, VARIABLE_KEYS, type Config, type CurrentSettings } from '../../config/index.ts';
import type { StepOf } from '../../domain/step.ts';
import type { ConfigChanges, SettingValue } from '../../domain/target.ts';
import { StaleCache } from '../../lib/stale-cache.ts';
import type { SystemLog } from '../../ports/log.ts';
import type { ConfigPart } from '../../ports/observer.ts';

export interface TargetSettingsOptions {
	readonly config: Pick<Config, 'getMany' | 'set'>;
	readonly systemLog: SystemLog;
}

/** Settings that the target asks for through its configuration variables (spec: config 5). */
export class TargetSettings implements ConfigPart {
	readonly #options: TargetSettingsOptions;
	readonly #current: StaleCache<CurrentSettings>;
	#warned = '';

	constructor(options: TargetSettingsOptions) {
		this.#options = options;
		this.#current = new StaleCache(() => options.config.getMany([...VARIABLE_KEYS, 'unmanaged']));
	}

	/** What differs. Warnings about values that mean nothing are written when they are new. */
	async changes(target: Readonly<Record<string, string>>): Promise<ConfigChanges> {
		const { settings, variables, rebootKeys, warnings } = settingsToChange(target, await this.#current.get());
		const text = warnings.join('\n');
		if (text !== this.#warned) {
			this.#warned = text;
			warnings.forEach((warning) => {
				this.#options.systemLog.write(warning);
			});
		}
		const values: Readonly<Record<string, SettingValue>> = settings;
		if (Object.keys(values).length === 0) {
			return {};
		}
		const afterReboot = Object.fromEntries(rebootKeys.map((key) => [key, String(values[key])]));
		return { settings: { values, variables, afterReboot } };
	}

	/** A setting may have changed. */
	refresh(): void {
		this.#current.invalidate();
	}

	async apply({ settings, variables }: StepOf<'changeSettings'>): Promise<void> {
		const { config, systemLog } = this.#options;
		const json = JSON.stringify(variables);
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
