import type { Instant } from '../domain/plan.ts';

export interface Clock {
	/** Monotonic, because wall clocks of devices jump. For intervals and deadlines. */
	now(): Instant;
	/** For people and calendars only. */
	wall(): Date;
	/** Resolves after `ms`, or at once when the signal aborts; never rejects. */
	sleep(ms: number, signal: AbortSignal): Promise<void>;
	/** A number in [0, 1): jitter. */
	random(): number;
}
