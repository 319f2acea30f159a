import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { isAborted } from '../../lib/is-aborted.ts';
import { WakeSignal } from '../../lib/wake-signal.ts';
import type { Clock } from '../../ports/clock.ts';

const PAUSE_MS = 10_000;

/**
 * Gives memory back after work. The engine of JavaScript collects when it needs room, and a device at rest never does: what
 * an update of fifty services left behind would stay for weeks.
 */
export class IdleGarbageCollector {
	readonly name = 'memory';
	readonly #clock: Clock;
	readonly #wake = new WakeSignal<'work'>();

	readonly #collect: () => void;

	constructor(clock: Clock, collect: () => void = findCollector()) {
		this.#clock = clock;
		this.#collect = collect;
	}

	/** Something was done; more may come within the pause. */
	collectSoon(): void {
		this.#wake.wake('work');
	}

	async run(signal: AbortSignal): Promise<void> {
		while (!signal.aborted) {
			await this.#wake.wait(signal);
			await this.#clock.sleep(PAUSE_MS, signal);
			this.#wake.take();
			if (!isAborted(signal)) {
				this.#collect(); // a process that ends gives everything back by itself
			}
		}
	}
}

/**
 * The collector is there for programs that ask; `last-resort` gives pages back to the system. The V8 of Node 20 does not
 * know options, and takes any for "what is new alone": so it is called without, too.
 */
function findCollector(): () => void {
	setFlagsFromString('--expose-gc');
	const collect = runInNewContext('gc') as (options?: { type: 'major'; flavor: 'last-resort' }) => void; // V8's own
	return () => {
		collect();
		collect({ type: 'major', flavor: 'last-resort' });
	};
}
