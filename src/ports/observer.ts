import type { CurrentState } from '../domain/current.ts';
import type { ConfigChanges, TargetState } from '../domain/target.ts';

/** The complete state, every pass. */
export interface Observer {
	observe(signal: AbortSignal): Promise<CurrentState>;
	/** Nothing that was kept of earlier looks is to be trusted any more: events may have been lost. */
	refresh(): void;
}

/** The stored target, composed with what is there now. `undefined` until a target was ever stored. */
export interface TargetSource {
	read(current: CurrentState, signal: AbortSignal): Promise<TargetState | undefined>;
	/** As in `Observer`. */
	refresh(): void;
}

/** A part of the device's own configuration: settings, boot files, the VPN. */
export interface ConfigPart {
	/**
	 * What differs from the target's variables, of the one kind that this part is about. Asked in every pass, so what has to
	 * be read for it is kept. That something outside does not answer is not a reason to reject.
	 */
	changes(variables: Readonly<Record<string, string>>): Promise<ConfigChanges>;
	/** Somebody else may have changed it. */
	refresh(): void;
}
