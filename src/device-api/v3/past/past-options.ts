import type { HistoryEntry, HistoryQuery } from '../../../domain/history.ts';
import type { LocalLogLine } from '../../../domain/log-message.ts';
import type { StoredRequest } from '../../../ports/request-store.ts';

/** What the API shows of the past (spec: v3-api 6). */
export interface PastOptions {
	readonly history: (
		query: HistoryQuery,
		page: { readonly order: 'newest' | 'oldest'; readonly limit: number },
	) => Promise<readonly HistoryEntry[]>;
	/** Each event as it happens. Returns a function that stops this; so does the next one. */
	readonly onHistory: (listener: (entry: HistoryEntry) => void) => () => void;
	readonly onStatus: (listener: () => void) => () => void;
	readonly findRequest: (id: string) => Promise<StoredRequest | undefined>;
	/** Resolves when the source is known to answer; then lines can be read, until the signal aborts. */
	readonly openLogs: (query: LogQuery) => Promise<(signal: AbortSignal) => AsyncIterable<LocalLogLine>>;
	readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
}

export interface LogQuery {
	readonly covers: (appId: number) => boolean;
	/** An id or a uuid. */
	readonly app?: string | undefined;
	readonly serviceName?: string | undefined;
	/** Wall time, ms. */
	readonly since?: number | undefined;
	/** So many of the last lines; the newest of all services together. */
	readonly lines: number;
	readonly isFollowed: boolean;
}
