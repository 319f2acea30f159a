import { isAborted } from '../lib/is-aborted.ts';
import { waitFor } from '../lib/wait-for.ts';
import { WakeSignal } from '../lib/wake-signal.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import { OperationalError } from '../ports/operational-error.ts';
import type { Config } from './config.ts';
import { SETTLE_MS, type ConfigJson } from './config-json.ts';

interface ConfigWatchOptions {
	readonly config: Pick<Config, 'read'>;
	readonly configJson: Pick<ConfigJson, 'isSettling'>;
	/** Calls back when config.json may have changed. Returns what ends it. */
	readonly watch: (changed: () => void) => () => void;
	readonly clock: Pick<Clock, 'sleep'>;
	readonly log: Log;
}

/** One edit is several events. */
const DEBOUNCE_MS = 200;
/** Without an event, in case there are none. */
const PERIOD_MS = 600_000;

/** Reads the settings again when another program has written config.json (decision D15). */
export class ConfigWatch {
	readonly name = 'config-watch';
	readonly #options: ConfigWatchOptions;

	constructor(options: ConfigWatchOptions) {
		this.#options = options;
	}

	async run(signal: AbortSignal): Promise<void> {
		const { watch, clock, configJson } = this.#options;
		const wake = new WakeSignal<'changed'>();
		const end = watch(() => {
			wake.wake('changed');
		});
		try {
			await this.#read(); // it may have changed before it was watched
			while (!isAborted(signal)) {
				const ms = configJson.isSettling() ? SETTLE_MS : PERIOD_MS;
				const reason = await waitFor({ wake, ms, clock, signal });
				await clock.sleep(reason === 'wake' ? DEBOUNCE_MS : 0, signal);
				if (!isAborted(signal)) {
					wake.take();
					await this.#read();
				}
			}
		} finally {
			end();
		}
	}

	async #read(): Promise<void> {
		try {
			await this.#options.config.read();
		} catch (error) {
			if (!(error instanceof OperationalError)) {
				throw error;
			}
			this.#options.log.debug('cannot read the settings after a change of config.json', { error: error.message });
		}
	}
}
