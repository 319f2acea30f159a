import type { CurrentState } from '../domain/current.ts';
import type { TargetState } from '../domain/target.ts';

/** The complete state, every pass. */
export interface Observer {
	observe(signal: AbortSignal): Promise<CurrentState>;
	/** Nothing that was kept of earlier looks is to be trusted any more: events may have been lost. */
	refresh(): void;
}

/** The stored target, composed with what is there now. `undefined` until a target was ever stored. */
export interface TargetSource {
	read(current: CurrentState, signal: AbortSignal): Promise<TargetState | undefined>;
}
