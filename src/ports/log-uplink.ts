import type { OperationalError } from './operational-error.ts';

export interface LogTarget {
	/** Of the whole request. */
	readonly url: string;
	readonly deviceApiKey: string;
}

/** Opens requests that last: compressed lines go up for as long as there are any (spec: cloud-api 13.1). */
export interface LogUplink {
	/**
	 * Resolves once connected and the head of the request is on its way. Rejects with an `HttpError`, or with the
	 * signal's reason. The signal does not end a connection that is there.
	 */
	open(target: LogTarget, signal: AbortSignal): Promise<LogConnection>;
}

export interface LogConnection {
	/** Resolves when it is over, however that came about; whatever the cloud answers ends it. Never rejects. */
	readonly over: Promise<LogConnectionEnd>;
	/**
	 * Whole lines, each with its end. Resolves when they have left the process in a form that can be read without what
	 * follows, or when the connection is over. One call at a time. Never rejects.
	 */
	write(lines: string): Promise<void>;
	/** No more lines: the cloud answers when it has them all. */
	end(): void;
	/** At once, with whatever is under way. May be called at any time, and again. */
	destroy(): void;
}

export type LogConnectionEnd =
	| { readonly kind: 'answered'; readonly status: number }
	| { readonly kind: 'broken'; readonly error: OperationalError };
