import { OperationalError } from './operational-error.ts';

/** The journal of the host. */
export interface Journal {
	/** The reader program exists and the journal is not empty. */
	isReadable(): Promise<boolean>;
	/**
	 * Existing entries, then new ones, read only as fast as the caller takes them. Ends when the signal aborts or the reader
	 * program fails; it does not end otherwise. Rejects with a `JournalError`.
	 */
	follow(options: FollowJournalOptions, signal: AbortSignal): AsyncIterable<readonly JournalEntry[]>;
	/** The last entries of these containers, oldest first, and no new ones. Otherwise as `follow`. */
	readLast(options: ReadJournalOptions, signal: AbortSignal): AsyncIterable<readonly JournalEntry[]>;
}

/** The output of the reader program, for users. */
export interface JournalReader {
	/** Resolves when the program runs. Rejects with a `JournalError` if it is missing. */
	open(query: JournalQuery): Promise<OpenJournal>;
}

export interface JournalQuery {
	/** Long and unprintable fields too. */
	readonly all: boolean;
	readonly follow: boolean;
	readonly format: string;
	/** Number of lines, at least 1. */
	readonly count?: number;
	readonly unit?: string;
	readonly containerId?: string;
	/** In the program's own format: `2020-01-01`, `-1h`. */
	readonly since?: string;
	readonly until?: string;
}

export interface OpenJournal {
	/** Ends with the program, after all of its output. Read only as fast as the caller takes it. */
	readonly output: AsyncIterable<Uint8Array>;
	/** May be called again. */
	readonly end: () => void;
}

/** Why a unit has failed, for its users. */
export interface UnitJournal {
	/** The last lines of the unit, oldest first; of one run, if that is given. None if the journal cannot be read. */
	lastLines(of: { readonly unit: string; readonly invocationId?: string }, count: number): Promise<readonly string[]>;
}

export interface FollowJournalOptions {
	readonly from: { readonly cursor: string } | { readonly since: Date };
	/** Unit names of services of the host. */
	readonly units: readonly string[];
}

export interface ReadJournalOptions {
	readonly containerIds: readonly string[];
	readonly since?: Date | undefined;
	/** So many at most. */
	readonly count: number;
}

export interface JournalEntry {
	/** The position after which to continue. */
	readonly cursor: string;
	/** Wall time, µs. */
	readonly timeUs: number;
	readonly message: string;
	/** The line continues in the next entry of this container and priority. */
	readonly isPartial: boolean;
	/** Syslog priority: 3 and below are errors. */
	readonly priority: number;
	readonly unit: string;
	readonly containerId?: string;
	readonly containerName?: string;
}

type JournalErrorCode = 'journal-missing' | 'journal-failed';

export class JournalError extends OperationalError {
	declare readonly code: JournalErrorCode;

	constructor(code: JournalErrorCode, message: string, options: ErrorOptions = {}) {
		super(code, message, options);
	}
}
