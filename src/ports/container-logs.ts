import type { ContainerInspection } from './engine.ts';

/** The logs of containers, as the engine keeps them. */
export interface ContainerLogs {
	/**
	 * First the lines since `sinceMs`, in their stored order, then new lines, until the container stops. Lines are read
	 * only as fast as the caller takes them. Rejects with an `EngineError`; ends without error when the signal aborts.
	 */
	follow(options: FollowLogsOptions, signal: AbortSignal): AsyncIterable<readonly ContainerLine[]>;
	/** Also containers that are not ours. `undefined`: not found. Never cached. Rejects with an `EngineError`. */
	inspect(idOrName: string): Promise<ContainerInspection | undefined>;
}

export interface FollowLogsOptions {
	readonly containerId: string;
	/** With a terminal, stdout and stderr are one stream. */
	readonly hasTerminal: boolean;
	readonly onlyStdErr: boolean;
	/** Wall time; absent: from the beginning. */
	readonly sinceMs?: number;
	/** Only so many of the stored lines, the last ones, and no new ones. */
	readonly onlyLast?: number;
}

export interface ContainerLine {
	readonly isStdErr: boolean;
	/** Nanoseconds, fixed width: `2026-01-01T00:00:00.000000000Z`. */
	readonly time: string;
	/** Without the line end; long lines are cut. */
	readonly text: string;
}
