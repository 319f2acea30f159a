import type { Instant } from '../domain/plan.ts';

export interface Clocks {
	readonly now: () => number;
	readonly wall: () => Date;
}

/** Smaller differences between the clocks are noise of reading them; larger ones are a wall clock that was set. */
const CLOCK_NOISE_MS = 1000;

/** Shows instants as the wall clock has them now: it may be set long after something happened. */
export class WallTimes {
	readonly #clocks: Clocks;
	#offsetMs: number | undefined;

	constructor(clocks: Clocks) {
		this.#clocks = clocks;
	}

	/** RFC 3339, UTC, with milliseconds. */
	at(instant: Instant): string {
		return new Date(Math.round(instant + this.#readOffset())).toISOString();
	}

	#readOffset(): number {
		const offsetMs = this.#clocks.wall().getTime() - this.#clocks.now();
		if (this.#offsetMs === undefined || Math.abs(offsetMs - this.#offsetMs) > CLOCK_NOISE_MS) {
			this.#offsetMs = offsetMs;
		}
		return this.#offsetMs;
	}
}
