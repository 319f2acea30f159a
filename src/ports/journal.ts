import { OperationalError } from './operational-error.ts';

/** The journal of the host. */
export interface Journal {
	/** There is a program that reads it, and it has something in it. */
	isReadable(): Promise<boolean>;
	/**
	 * What is there, then what comes. Read no faster than it is taken. Ends when the reader ends, which it does not do by
	 * itself, and when the signal aborts. Rejects with a `JournalError`.
	 */
	follow(options: FollowJournalOptions, signal: AbortSignal): AsyncIterable<readonly JournalEntry[]>;
}

/** For people: what the program that reads the journal prints. */
export interface JournalReader {
	/** Resolves when the program runs. Rejects with a `JournalError` where there is none. */
	open(query: JournalQuery): Promise<OpenJournal>;
}

export interface JournalQuery {
	/** Long and unprintable fields too. */
	readonly all: boolean;
	readonly follow: boolean;
	readonly format: string;
	/** Lines, more than none. */
	readonly count?: number;
	readonly unit?: string;
	readonly containerId?: string;
	/** In the program's own words: `2020-01-01`, `-1h`. */
	readonly since?: string;
	readonly until?: string;
}

export interface OpenJournal {
	/** Ends when the program ends, after all that it has printed. Read no faster than it is taken. */
	readonly output: AsyncIterable<Uint8Array>;
	/** May be called again. */
	readonly end: () => void;
}

export interface FollowJournalOptions {
	readonly from: { readonly cursor: string } | { readonly since: Date };
	/** Of the system's services. */
	readonly units: readonly string[];
}

export interface JournalEntry {
	/** Where to go on behind it. */
	readonly cursor: string;
	/** Wall time, µs. */
	readonly timeUs: number;
	readonly message: string;
	/** The rest of the line comes with the next entry of this container and priority. */
	readonly isPartial: boolean;
	/** As of syslog: 3 and below are errors. */
	readonly priority: number;
	readonly unit: string;
	readonly containerId?: string;
	readonly containerName?: string;
}

type JournalErrorCode = 'journal-missing' | 'journal-failed';

export class JournalError extends OperationalError {
	declare readonly code: JournalErrorCode;

	constructor(code: JournalErrorCode, message: string, options: { readonly cause?: unknown } = {}) {
		super(code, message, options);
	}
}
