import type { LogMessage } from '../domain/log-message.ts';

/** The origin of a message, and the position from which to continue after it. */
export interface LogOrigin {
	/** One container, or the journal. */
	readonly source: string;
	readonly position: string;
}

interface LogSink {
	/** `false`: the queue is full; the source keeps the line, waits for `room` and offers it again. */
	offer(message: LogMessage, origin: LogOrigin): boolean;
	/** Resolves when the queue may have space, or when the signal aborts. */
	room(signal: AbortSignal): Promise<void>;
}

/** The range to read, and the receiver. */
export interface LogSession {
	readonly sink: LogSink;
	/** Where no position is known. Long ago if all earlier lines have positions. Wall time. */
	readonly since: Date;
	/** After the last line that is known to have been sent, or where the source began. */
	position(source: string): string | undefined;
	/** Before its first line: the process may end before that line is sent. No change if there is a position. */
	begin(source: string, position: string): void;
	/** Positions of other sources are forgotten. */
	keepPositions(isKept: (source: string) => boolean): void;
}

/** Reads a source with a history, which can wait at its position. */
export interface LogSource {
	/** Lasts until aborted. */
	run(session: LogSession, signal: AbortSignal): Promise<void>;
}

/** Passes a message on, however long that takes. `false`: aborted first. */
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
