import { WakeSignal } from '../lib/wake-signal.ts';
import type { Clock } from '../ports/clock.ts';
import type { JsonCache } from '../ports/json-cache.ts';

export interface LogPositionsOptions {
	readonly store: JsonCache;
	readonly clock: Clock;
	/** Lines that would be lost without a word if the process ended now. */
	readonly owed: () => number;
}

const SAVE_EVERY_MS = 1000;

/** How far each source has been sent. Written down at most once a second, and when the process ends. */
export class LogPositions {
	readonly #options: LogPositionsOptions;
	readonly #wake = new WakeSignal<'changed'>();
	#positions = new Map<string, string>();
	#isLoaded = false;

	constructor(options: LogPositionsOptions) {
		this.#options = options;
	}

	/** Resolves to the lines that the process before this one owed. */
	async load(): Promise<number> {
		const stored = await this.#options.store.read();
		const { positions, owed } = decode(stored);
		this.#positions = positions;
		this.#isLoaded = stored !== undefined;
		return owed;
	}

	/** There was something to load: every source that was there then has a position. */
	get isLoaded(): boolean {
		return this.#isLoaded;
	}

	get(source: string): string | undefined {
		return this.#positions.get(source);
	}

	advance(positions: ReadonlyMap<string, string>): void {
		for (const [source, position] of positions) {
			this.#positions.set(source, position);
			this.changed();
		}
	}

	begin(source: string, position: string): void {
		if (!this.#positions.has(source)) {
			this.#positions.set(source, position);
			this.changed();
		}
	}

	keep(isKept: (source: string) => boolean): void {
		for (const source of this.#positions.keys()) {
			if (!isKept(source)) {
				this.#positions.delete(source);
				this.changed();
			}
		}
	}

	clear(): void {
		this.#positions.clear();
		this.changed();
	}

	/** Something is to be written down. */
	changed(): void {
		this.#wake.wake('changed');
	}

	/** Lasts until aborted. */
	async run(signal: AbortSignal): Promise<void> {
		while (!signal.aborted) {
			await this.#wake.wait(signal);
			await this.save();
			await this.#options.clock.sleep(SAVE_EVERY_MS, signal);
		}
	}

	async save(): Promise<void> {
		if (this.#wake.take().length > 0) {
			const positions = Object.fromEntries(this.#positions);
			await this.#options.store.write({ positions, owed: this.#options.owed() });
		}
	}
}

/** Written by us or by one of our versions: what is not as expected was never there. */
function decode(value: unknown): { readonly positions: Map<string, string>; readonly owed: number } {
	const { positions, owed } = isObject(value) ? value : {};
	const entries = Object.entries(isObject(positions) ? positions : {});
	return {
		positions: new Map(entries.filter((entry): entry is [string, string] => typeof entry[1] === 'string')),
		owed: typeof owed === 'number' && owed > 0 ? Math.floor(owed) : 0,
	};
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
	return typeof value === 'object' && value !== null;
}
