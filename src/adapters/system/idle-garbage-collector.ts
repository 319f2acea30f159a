import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { isAborted } from '../../lib/is-aborted.ts';
import { WakeSignal } from '../../lib/wake-signal.ts';
import type { Clock } from '../../ports/clock.ts';

const PAUSE_MS = 10_000;

/**
 * Frees memory after work. The JavaScript engine collects garbage when it needs memory, and an idle device never does:
 * the garbage of an update of fifty services would stay for weeks.
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

	/** Work was done; more may come within the pause. */
	collectSoon(): void {
		this.#wake.wake('work');
	}

	async run(signal: AbortSignal): Promise<void> {
		while (!signal.aborted) {
			await this.#wake.wait(signal);
			await this.#clock.sleep(PAUSE_MS, signal);
			this.#wake.take();
			if (!isAborted(signal)) {
				this.#collect(); // a process that ends frees everything by itself
			}
		}
	}
}

/**
 * The collector that programs may call; `last-resort` returns pages to the system. The V8 of Node 20 does not know
 * options, and takes any for a collection of new objects only, so it is also called without.
 */
function findCollector(): () => void {
	setFlagsFromString('--expose-gc');
	const collect = runInNewContext('gc') as (options?: { type: 'major'; flavor: 'last-resort' }) => void; // a function of V8
	return () => {
		collect();
		collect({ type: 'major', flavor: 'last-resort' });
	};
}
