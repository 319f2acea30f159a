import { cloudLine, suppressedMessage, type LogMessage } from '../domain/log-message.ts';
import type { LogOrigin } from './log-source.ts';

/** Lines that go out together. */
export interface LogBatch {
	readonly text: string;
	/** Those that one of them tells of included. */
	readonly lines: number;
	readonly bytes: number;
	/** Lines that nobody keeps a second time, told ones included. */
	readonly owed: number;
	/** The last of each source. */
	readonly positions: ReadonlyMap<string, string>;
}

export interface LogBufferOptions {
	readonly maxBytes: number;
	/** Wall time, ms. */
	readonly now: () => number;
	/** There is something to take. */
	readonly filled: () => void;
	/** `owed` may have changed. */
	readonly owedChanged: () => void;
}

/** The part that only lines which cannot wait may use: they would else be dropped whenever the others wait. */
const RESERVED_PART = 0.25;

/**
 * Between those who write and the connection. What can wait is refused when it is full; what cannot is dropped, counted,
 * and told by a line of its own as soon as there is room.
 */
export class LogBuffer {
	readonly #options: LogBufferOptions;
	#texts: string[] = [];
	#lines = 0;
	#positions = new Map<string, string>();
	/** In `#texts`: lines that nobody keeps a second time, and those that one of them tells of. */
	#owedLines = 0;
	#queuedBytes = 0;
	/** Taken, and not yet on their way. */
	#takenBytes = 0;
	#dropped = 0;
	#waiting: (() => void)[] = [];

	constructor(options: LogBufferOptions) {
		this.#options = options;
	}

	/** Of a source that keeps its lines. `false`: full. */
	offer(message: LogMessage, origin: LogOrigin): boolean {
		if (this.#bytes >= this.#options.maxBytes * (1 - RESERVED_PART)) {
			return false;
		}
		this.#add(cloudLine(message));
		this.#positions.set(origin.source, origin.position);
		return true;
	}

	/** Of somebody who keeps nothing. */
	write(message: LogMessage): void {
		if (this.#bytes >= this.#options.maxBytes) {
			this.drop(1);
			return;
		}
		this.#owedLines += 1;
		this.#add(cloudLine(message));
		this.#options.owedChanged();
	}

	/** Lines that will never arrive, or of which nobody knows. */
	drop(lines: number): void {
		this.#dropped += lines;
		this.#options.owedChanged();
		this.#options.filled();
	}

	/** Lines that would be lost without a word if the process ended now. */
	get owed(): number {
		return this.#dropped + this.#owedLines;
	}

	get isEmpty(): boolean {
		return this.#texts.length === 0 && this.#dropped === 0;
	}

	/** Everything that is there. It counts until it is released. */
	take(): LogBatch | undefined {
		this.#tellDropped();
		if (this.#texts.length === 0) {
			return undefined;
		}
		const batch = {
			text: this.#texts.join(''),
			lines: this.#lines,
			bytes: this.#queuedBytes,
			owed: this.#owedLines,
			positions: this.#positions,
		};
		this.#takenBytes += batch.bytes;
		this.#empty();
		return batch;
	}

	/** It has left, or never will. */
	release(batch: LogBatch): void {
		this.#takenBytes -= batch.bytes;
		this.#wakeWaiting();
	}

	/** Forgets what is there: nobody wants it any more. What was taken stays with whom it was given to. */
	discard(): void {
		this.#empty();
		this.#dropped = 0;
		this.#options.owedChanged();
		this.#wakeWaiting();
	}

	/** Resolves when something was released, or when the signal aborts. */
	async room(signal: AbortSignal): Promise<void> {
		if (signal.aborted) {
			return;
		}
		await new Promise<void>((resolve) => {
			const done = () => {
				this.#waiting = this.#waiting.filter((other) => other !== done);
				signal.removeEventListener('abort', done);
				resolve();
			};
			this.#waiting.push(done);
			signal.addEventListener('abort', done, { once: true });
		});
	}

	get #bytes(): number {
		return this.#queuedBytes + this.#takenBytes;
	}

	#add(text: string): void {
		this.#texts.push(text);
		this.#lines += 1;
		this.#queuedBytes += Buffer.byteLength(text);
		if (this.#texts.length === 1) {
			this.#options.filled();
		}
	}

	/** Behind the lines that filled it, before those that come now. */
	#tellDropped(): void {
		if (this.#dropped === 0) {
			return;
		}
		const text = cloudLine(suppressedMessage(this.#dropped, this.#options.now()));
		this.#owedLines += this.#dropped;
		this.#lines += this.#dropped;
		this.#dropped = 0;
		this.#texts.push(text);
		this.#queuedBytes += Buffer.byteLength(text);
	}

	#empty(): void {
		this.#texts = [];
		this.#lines = 0;
		this.#positions = new Map();
		this.#queuedBytes = 0;
		this.#owedLines = 0;
	}

	#wakeWaiting(): void {
		for (const wake of [...this.#waiting]) {
			wake();
		}
	}
}
