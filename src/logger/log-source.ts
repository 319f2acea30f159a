import type { LogMessage } from '../domain/log-message.ts';

/** Where a message comes from, and how to go on behind it. */
export interface LogOrigin {
	/** One container, or the journal. */
	readonly source: string;
	readonly position: string;
}

interface LogSink {
	/** `false`: there is no room; the source keeps it, waits for `room` and offers it again. */
	offer(message: LogMessage, origin: LogOrigin): boolean;
	/** Resolves when there may be room, or when the signal aborts. */
	room(signal: AbortSignal): Promise<void>;
}

/** From where, and to where. */
export interface LogSession {
	readonly sink: LogSink;
	/** Where no position is known; long ago if there is one of everything that was there before. Wall time. */
	readonly since: Date;
	/** Behind the last line that is known to have left, or where it began. */
	position(source: string): string | undefined;
	/** Before its first line: the process may end before that has left. No change where there is a position. */
	begin(source: string, position: string): void;
	/** Those of sources that are gone are forgotten. */
	keepPositions(isKept: (source: string) => boolean): void;
}

/** Reads what has a history: it can wait where it is. */
export interface LogSource {
	/** Lasts until aborted. */
	run(session: LogSession, signal: AbortSignal): Promise<void>;
}

/** Hands it over, however long that takes. `false`: aborted before. */
export async function deliver(
	sink: LogSink,
	message: LogMessage,
	origin: LogOrigin,
	signal: AbortSignal,
): Promise<boolean> {
	while (!signal.aborted) {
		if (sink.offer(message, origin)) {
			return true;
		}
		await sink.room(signal);
	}
	return false;
}
