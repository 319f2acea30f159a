import type { Instant } from './plan.ts';

/** A service that ended by itself and was started again by us, perhaps more than once (decision D1). */
export interface Crash {
	readonly containerId: string;
	/** Starts of ours in this row. */
	readonly restarts: number;
	readonly exitCode: number;
	/** What the engine says of it; empty if nothing. */
	readonly error: string;
	/** What it wrote last. */
	readonly lines: readonly string[];
}

/** With when it may be started again. */
export interface PausedCrash extends Crash {
	readonly until: Instant;
}
