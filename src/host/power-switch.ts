import type { Clock } from '../ports/clock.ts';
import type { HostPower } from '../ports/host-power.ts';
import type { Log } from '../ports/log.ts';
import { OperationalError } from '../ports/operational-error.ts';

export interface PowerSwitchOptions {
	readonly power: HostPower;
	readonly clock: Pick<Clock, 'sleep'>;
	readonly log: Log;
}

/** Who asked for it through our API gets an answer first. */
const DELAY_MS = 1000;

/**
 * Asks the system to go down a moment later, and from then on nothing is begun any more. If the system does not listen,
 * everything goes on, and whoever wanted it has to want it again (spec: host 4).
 */
export class PowerSwitch implements HostPower {
	readonly #options: PowerSwitchOptions;
	readonly #listeners = new Set<() => void>();
	#goingDown = false;

	constructor(options: PowerSwitchOptions) {
		this.#options = options;
	}

	get goingDown(): boolean {
		return this.#goingDown;
	}

	/** To be called when `goingDown` has changed. */
	onChange(listener: () => void): void {
		this.#listeners.add(listener);
	}

	isHostUpdating(): Promise<boolean> {
		return this.#options.power.isHostUpdating();
	}

	reboot(): Promise<void> {
		return this.#askSoon('reboot', () => this.#options.power.reboot());
	}

	powerOff(): Promise<void> {
		return this.#askSoon('shutdown', () => this.#options.power.powerOff());
	}

	#askSoon(what: string, ask: () => Promise<void>): Promise<void> {
		this.#set(true);
		void this.#ask(what, ask);
		return Promise.resolve();
	}

	#set(goingDown: boolean): void {
		this.#goingDown = goingDown;
		for (const listener of this.#listeners) {
			listener();
		}
	}

	async #ask(what: string, ask: () => Promise<void>): Promise<void> {
		const { clock, log } = this.#options;
		await clock.sleep(DELAY_MS, new AbortController().signal);
		try {
			await ask();
		} catch (error) {
			this.#set(false);
			if (!(error instanceof OperationalError)) {
				throw error;
			}
			log.error(`Unable to ${what}: ${error.message}`);
		}
	}
}
