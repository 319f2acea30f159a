import type { HistoryEntry, HistoryEvent, HistoryQuery } from '../domain/history.ts';

/** An event on its way to the table. */
export interface NewHistoryEntry extends HistoryEvent {
	readonly id: number;
	readonly count: number;
	/** Wall time, ms, as the clock has it now. */
	readonly firstAt: number;
	readonly lastAt: number;
}

/** The clock of this boot, as it stands while the batch is written. */
export interface BootClock {
	/** Of the kernel: one for each boot. */
	readonly boot: string;
	/** When the host booted, by the wall clock as it is now, ms: it moves when the clock is set. */
	readonly bootedAt: number;
	readonly isSynchronised: boolean;
}

export interface HistoryBatch {
	/** In the order of their ids. */
	readonly entries: readonly NewHistoryEntry[];
	/** What holds now, with its beginning (wall time, ms); absent: as before. */
	readonly reasons?: readonly HeldReason[] | undefined;
	readonly clock: BootClock;
}

/** Since when a reason holds: for the next run of the supervisor. */
export interface HeldReason {
	readonly id: string;
	readonly since: number;
}

/** The table of what happened. All reject with an `OperationalError`. */
export interface HistoryStore {
	/** The newest id; 0: there is none. */
	lastId(): Promise<number>;
	/**
	 * One transaction. Times that were noted in this boot before its clock was set are put right; repeats join their rows;
	 * the oldest rows go when there are too many. Returns how much higher the ids were stored than given: the table may
	 * know higher ones.
	 */
	write(batch: HistoryBatch): Promise<number>;
	/** `newest` first, or the oldest; at most so many rows. */
	list(
		query: HistoryQuery,
		page: { readonly order: 'newest' | 'oldest'; readonly limit: number },
	): Promise<readonly HistoryEntry[]>;
	heldReasons(): Promise<readonly HeldReason[]>;
}

/** For the loop: a reason that holds over a restart began before it. */
export interface ReasonMemory {
	/** By the monotonic clock; `undefined`: no earlier run knew it, or not any more. */
	sinceOf(id: string): number | undefined;
	/** Every reason that holds now. */
	keep(reasons: readonly { readonly id: string; readonly since: number }[]): void;
}
