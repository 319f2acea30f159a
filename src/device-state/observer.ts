import type { CurrentState } from '../domain/current.ts';
import type { TargetState } from '../domain/target.ts';

/** The complete state, in every pass. */
export interface Observer {
	observe(signal: AbortSignal): Promise<CurrentState>;
	/** All cached answers become stale: events may have been lost. */
	refresh(): void;
}

/** The stored target, composed with what was observed. `undefined` until a target was stored for the first time. */
export interface TargetSource {
	read(current: CurrentState, signal: AbortSignal): Promise<TargetState | undefined>;
}
