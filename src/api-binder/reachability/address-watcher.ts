import type { Clock } from '../../ports/clock.ts';

const PERIOD_MS = 30_000;

/** Looks at the addresses of the device every half minute and notifies of changes (spec: host 8.2). */
export class AddressWatcher {
	readonly name = 'addresses';
	readonly #clock: Clock;
	readonly #read: () => readonly string[];
	readonly #changed: () => void;

	constructor(clock: Clock, read: () => readonly string[], changed: () => void) {
		this.#clock = clock;
		this.#read = read;
		this.#changed = changed;
	}

	async run(signal: AbortSignal): Promise<void> {
		let last = this.#read().join(' ');
		while (!signal.aborted) {
			await this.#clock.sleep(PERIOD_MS, signal);
			const now = this.#read().join(' ');
			if (now !== last) {
				last = now;
				this.#changed();
			}
		}
	}
}
