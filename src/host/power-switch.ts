import type { Clock } from '../ports/clock.ts';
import type { HostPower } from '../ports/host-power.ts';
import type { Log } from '../ports/log.ts';
import { OperationalError } from '../ports/operational-error.ts';
import { Listeners } from '../lib/listeners.ts';

interface PowerSwitchOptions {
	readonly power: HostPower;
	readonly clock: Pick<Clock, 'sleep'>;
	readonly log: Log;
}

/** The caller of the API gets its answer first. */
const DELAY_MS = 1000;

/**
 * Asks the system to reboot or to power off, a moment later; from the call on no step is started. If the system
 * refuses, the call rejects, and steps start again after `resume` (spec: host 4).
 */
export class PowerSwitch implements HostPower {
	readonly #options: PowerSwitchOptions;
	readonly #listeners = new Listeners<[]>();
	#shuttingDown = false;

	constructor(options: PowerSwitchOptions) {
		this.#options = options;
	}

	get shuttingDown(): boolean {
		return this.#shuttingDown;
	}

	/** Calls back when `shuttingDown` has changed. Returns a function that stops this. */
	onChange(listener: () => void): () => void {
		return this.#listeners.add(listener);
	}

	isHostUpdating(): Promise<boolean> {
		return this.#options.power.isHostUpdating();
	}

	reboot(): Promise<void> {
		return this.#ask('reboot', () => this.#options.power.reboot());
	}

	powerOff(): Promise<void> {
		return this.#ask('shutdown', () => this.#options.power.powerOff());
	}

	/** To be called after a refusal, once all locks are released. */
	resume(): void {
		this.#set(false);
	}

	#set(shuttingDown: boolean): void {
		this.#shuttingDown = shuttingDown;
		this.#listeners.notify();
	}

	async #ask(what: string, ask: () => Promise<void>): Promise<void> {
		const { clock, log } = this.#options;
		this.#set(true);
		try {
			await clock.sleep(DELAY_MS, new AbortController().signal);
			await ask();
		} catch (error) {
			if (error instanceof OperationalError) {
				log.error(`Unable to ${what}: ${error.message}`);
			}
			throw error;
		}
	}
}
