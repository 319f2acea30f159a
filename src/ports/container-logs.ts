import type { ContainerInspection } from './engine.ts';

/** What containers write, as the engine keeps it. */
export interface ContainerLogs {
	/**
	 * First what was written since `sinceMs`, in the order in which it was kept, then what is written, until the container
	 * stops. Read no faster than it is taken. Rejects with an `EngineError`; ends quietly when the signal aborts.
	 */
	follow(options: FollowLogsOptions, signal: AbortSignal): AsyncIterable<readonly ContainerLine[]>;
	/** Not only supervised ones. `undefined`: there is none. Never from memory. Rejects with an `EngineError`. */
	inspect(idOrName: string): Promise<ContainerInspection | undefined>;
}

export interface FollowLogsOptions {
	readonly containerId: string;
	/** Then there is one output. */
	readonly hasTerminal: boolean;
	readonly onlyStdErr: boolean;
	/** Wall time; absent: from the beginning. */
	readonly sinceMs?: number;
}

export interface ContainerLine {
	readonly isStdErr: boolean;
	/** To the nanosecond, always as many characters: `2026-01-01T00:00:00.000000000Z`. */
	readonly time: string;
	/** Without its end. Cut at a length that is still readable. */
	readonly text: string;
}
