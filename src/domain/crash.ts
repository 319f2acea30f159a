import type { Instant } from './plan.ts';

/** A service that ended by itself and that we started again, once or more (decision D1). */
export interface Crash {
	readonly containerId: string;
	/** Starts of ours in this row. */
	readonly restarts: number;
	readonly exitCode: number;
	/** The engine's error text; empty if there is none. */
	readonly error: string;
	/** Its last output. */
	readonly lines: readonly string[];
}

/** A crash with the time of the next start. */
export interface PausedCrash extends Crash {
	readonly until: Instant;
}
