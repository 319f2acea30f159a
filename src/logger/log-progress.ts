import { isPlainObject } from '../lib/is-plain-object.ts';
import type { Clock } from '../ports/clock.ts';
import type { JsonCache } from '../ports/json-cache.ts';
import type { LogProgressState, LogQueue } from './log-queue.ts';

interface LogProgressOptions {
	readonly queue: LogQueue;
	readonly store: JsonCache;
	readonly clock: Clock;
}

const SAVE_EVERY_MS = 1000;

/** Stores the progress of the queue at most once a second, and when the process ends. */
export class LogProgress {
	readonly #options: LogProgressOptions;
	#isLoaded = false;

	constructor(options: LogProgressOptions) {
		this.#options = options;
	}

	/** Resolves to the number of lines that were lost with the previous process. */
	async load(): Promise<number> {
		const { queue, store } = this.#options;
		const stored = await store.read();
		const { positions, unacknowledged } = decode(stored);
		queue.restorePositions(positions);
		this.#isLoaded = stored !== undefined;
		return unacknowledged;
	}

	/** Positions were stored: each source of that time has one. */
	get isLoaded(): boolean {
		return this.#isLoaded;
	}

	/** Lasts until aborted. */
	async run(signal: AbortSignal): Promise<void> {
		while (!signal.aborted) {
			await this.#options.queue.waitForProgress(signal);
			await this.save();
			await this.#options.clock.sleep(SAVE_EVERY_MS, signal);
		}
	}

	async save(): Promise<void> {
		const progress = this.#options.queue.takeProgress();
		if (progress !== undefined) {
			await this.#options.store.write(progress);
		}
	}
}

/** Another version may have written the file: anything unexpected counts as absent. */
function decode(value: unknown): LogProgressState {
	const { positions, unacknowledged } = isPlainObject(value) ? value : {};
	const entries = Object.entries(isPlainObject(positions) ? positions : {});
	return {
		positions: Object.fromEntries(entries.filter((entry): entry is [string, string] => typeof entry[1] === 'string')),
		unacknowledged: typeof unacknowledged === 'number' && unacknowledged > 0 ? Math.floor(unacknowledged) : 0,
	};
}
