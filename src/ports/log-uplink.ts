import type { OperationalError } from './operational-error.ts';

export interface LogTarget {
	/** The complete URL of the request. */
	readonly url: string;
	readonly deviceApiKey: string;
}

/** Opens long-lived requests that send compressed lines as they come (spec: cloud-api 13.1). */
export interface LogUplink {
	/**
	 * Resolves once connected, with the request head sent. Rejects with an `HttpError`, or with the signal's reason. The
	 * signal does not end an open connection.
	 */
	open(target: LogTarget, signal: AbortSignal): Promise<LogConnection>;
}

export interface LogConnection {
	/** Resolves when the connection ends, for any reason; every answer of the cloud ends it. Never rejects. */
	readonly over: Promise<LogConnectionEnd>;
	/**
	 * Whole lines, each with its line end. Resolves when they are flushed in a form that can be decompressed without later
	 * data, or when the connection ends. One call at a time. Never rejects.
	 */
	write(lines: string): Promise<void>;
	/** No more lines: the cloud answers when it has read them all. */
	end(): void;
	/** Closes at once and drops pending writes. May be called at any time, also repeatedly. */
	destroy(): void;
}

export type LogConnectionEnd =
	| { readonly kind: 'answered'; readonly status: number }
	| { readonly kind: 'broken'; readonly error: OperationalError };
