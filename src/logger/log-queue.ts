import { cloudLine, suppressedMessage, type LogMessage } from '../domain/log-message.ts';
import { WakeSignal } from '../lib/wake-signal.ts';
import type { Clock } from '../ports/clock.ts';
import { BatchList, OpenBatch, type LogBatch } from './log-batch.ts';
import type { LogOrigin } from './log-source.ts';

/** The state that survives the process: the position of each source, and how many lines the next process must report as lost. */
export interface LogProgressState {
	readonly positions: Readonly<Record<string, string>>;
	readonly unacknowledged: number;
}

/**
 * How a connection ended. `accepted`: the cloud has all lines. `refused`: it does not accept these lines, now or later.
 * `unread`: it has read none. `broken`: the latest lines may be lost.
 */
export type ConnectionOutcome = 'accepted' | 'refused' | 'unread' | 'broken';

/** `sent`: with lines that were sent again; `suppressed`: lines that will not arrive. */
export interface LogCounts {
	readonly sent: number;
	readonly suppressed: number;
	/** Of lines that wait to be sent. */
	readonly queueBytes: number;
}

interface SentBatch extends LogBatch {
	readonly sentAt: number;
}

/** Limit for lines that were never sent. */
const UNSENT_BYTES_MAX = 256 * 1024;
/** Above this part of it sources wait. The rest is for lines that cannot wait. */
const SOURCES_PART = 0.75;
/**
 * The cloud answers only at the end of the stream. A line that was sent longer than this before the connection broke
 * counts as arrived; a later one is sent again. Lines can still be lost when the network goes away silently and the
 * system has accepted them already; the protocol has no better answer.
 */
const ARRIVED_MS = 2000;
/** Sent lines that may have to be sent again. Above it sending waits, which limits the memory without losing lines. */
const SENT_BYTES_MAX = 1024 * 1024;
/** Arrived lines of a connection that the cloud may still refuse. Above it the oldest are only counted. */
const UNCONFIRMED_BYTES_MAX = 256 * 1024;

/**
 * The lines between the writers and the connection, with their bytes and positions. A line is queued, then taken for
 * the connection, then sent, then arrived. A source waits while the queue is full; other lines are then dropped and
 * counted, and a line of its own reports the count.
 */
export class LogQueue {
	readonly #clock: Clock;
	readonly #added = new WakeSignal<'lines'>();
	readonly #progress = new WakeSignal<'changed'>();
	#queued = new OpenBatch();
	/** Never sent; sent after `#returned`. */
	#taken: LogBatch | undefined;
	/** Sent over a connection that broke; sent again. */
	readonly #returned = new BatchList<LogBatch>();
	readonly #sent = new BatchList<SentBatch>();
	/** Arrived over this connection, unless the cloud refuses the device later. */
	readonly #unconfirmed = new BatchList<LogBatch>();
	#isConfirmed = false;
	/** Lines for which `#unconfirmed` had no space. */
	#forgotten = 0;
	/** Not reported yet. */
	#dropped = 0;
	#positions = new Map<string, string>();
	#waiting: (() => void)[] = [];
	#sentLines = 0;
	#suppressedLines = 0;

	constructor(clock: Clock) {
		this.#clock = clock;
	}

	/** A line of a source that can read it again. `false`: the queue is full. */
	offer(message: LogMessage, { source, position }: LogOrigin): boolean {
		if (this.#unsentBytes >= UNSENT_BYTES_MAX * SOURCES_PART) {
			return false;
		}
		this.#queued.add(cloudLine(message), source, position);
		this.#added.wake('lines');
		return true;
	}

	/** A line that only this process has. */
	write(message: LogMessage): void {
		if (this.#unsentBytes >= UNSENT_BYTES_MAX) {
			this.drop(1);
			return;
		}
		this.#queued.addUnacknowledged(cloudLine(message), 1);
		this.#added.wake('lines');
		this.#progress.wake('changed');
	}

	/** Counts lines that will not arrive; the next batch reports them. */
	drop(lines: number): void {
		if (lines > 0) {
			this.#dropped += lines;
			this.#suppressedLines += lines;
			this.#added.wake('lines');
			this.#progress.wake('changed');
		}
	}

	/** Resolves when a source may offer again, or when the signal aborts. */
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

	get isEmpty(): boolean {
		return (
			this.#returned.first === undefined && this.#taken === undefined && this.#queued.isEmpty && this.#dropped === 0
		);
	}

	/** Resolves when the queue has something to send, or when the signal aborts. One waiter at a time. */
	async waitForLines(signal: AbortSignal): Promise<void> {
		if (this.isEmpty) {
			this.#added.take();
			await this.#added.wait(signal);
		}
	}

	/** `next` has a batch that more lines cannot join. */
	get isBatchReady(): boolean {
		return this.#returned.first !== undefined || this.#taken !== undefined;
	}

	/** The batch to send next; the same one until it is sent. */
	next(): LogBatch | undefined {
		return this.#returned.first ?? (this.#taken ??= this.#take());
	}

	/** The batch has left the process. `false`: it was discarded before. */
	markSent(batch: LogBatch): boolean {
		if (this.#returned.first === batch) {
			this.#returned.shift();
		} else if (this.#taken === batch) {
			this.#taken = undefined;
			this.#wakeSources();
		} else {
			return false;
		}
		this.#sent.push({ ...batch, sentAt: this.#clock.now() });
		this.#sentLines += batch.lines;
		this.#progress.wake('changed');
		return true;
	}

	/** A new connection, which the cloud may still refuse together with each line that is sent over it. */
	beginConnection(): void {
		this.#isConfirmed = false;
		this.#forgetUnconfirmed();
	}

	/** The cloud would have refused the device by now. */
	confirmConnection(): void {
		this.#isConfirmed = true;
		this.#forgetUnconfirmed();
	}

	/** How long to wait before more may be sent. */
	sendDelayMs(): number {
		return this.#sent.bytes < SENT_BYTES_MAX ? 0 : Math.max((this.arrivalAt() ?? 0) - this.#clock.now(), 0);
	}

	/** When the oldest of the sent lines counts as arrived. */
	arrivalAt(): number | undefined {
		const { first } = this.#sent;
		return first && first.sentAt + ARRIVED_MS;
	}

	/** Moves sent lines of that age to the state arrived. */
	markArrived(): void {
		for (let first = this.#sent.first; first !== undefined && this.#hasArrived(first); first = this.#sent.first) {
			this.#sent.shift();
			this.#advance(first);
			if (!this.#isConfirmed) {
				this.#keepUnconfirmed(first);
			}
		}
	}

	endConnection(outcome: ConnectionOutcome): void {
		this.markArrived();
		const sent = this.#sent.takeAll();
		switch (outcome) {
			case 'accepted':
				sent.forEach((batch) => {
					this.#advance(batch);
				});
				break;
			case 'refused':
				sent.forEach((batch) => {
					this.#advance(batch);
					this.drop(batch.lines);
				});
				break;
			case 'unread': {
				const forgotten = this.#forgotten;
				this.#return([...this.#unconfirmed.takeAll(), ...sent]);
				this.drop(forgotten);
				break;
			}
			case 'broken':
				this.#return(sent);
		}
		this.#forgetUnconfirmed();
	}

	/** Forgets all lines, sent ones too. */
	discard(): void {
		this.#queued = new OpenBatch();
		this.#taken = undefined;
		this.#returned.takeAll();
		this.#sent.takeAll();
		this.#forgetUnconfirmed();
		this.#dropped = 0;
		this.#progress.wake('changed');
		this.#wakeSources();
	}

	/** The position after the last line of this source that has arrived, or the position where the source began. */
	position(source: string): string | undefined {
		return this.#positions.get(source);
	}

	/** Sets the position of a source that has none. */
	beginSource(source: string, position: string): void {
		if (!this.#positions.has(source)) {
			this.#positions.set(source, position);
			this.#progress.wake('changed');
		}
	}

	/** Forgets the positions of the other sources. */
	keepSources(isKept: (source: string) => boolean): void {
		for (const source of this.#positions.keys()) {
			if (!isKept(source)) {
				this.#positions.delete(source);
				this.#progress.wake('changed');
			}
		}
	}

	/** Takes over the state of the previous process. */
	restorePositions(positions: Readonly<Record<string, string>>): void {
		this.#positions = new Map(Object.entries(positions));
	}

	/** Resolves when `takeProgress` has something new, or when the signal aborts. One waiter at a time. */
	async waitForProgress(signal: AbortSignal): Promise<void> {
		await this.#progress.wait(signal);
	}

	/** `undefined`: nothing has changed since the last call. */
	takeProgress(): LogProgressState | undefined {
		if (this.#progress.take().length === 0) {
			return undefined;
		}
		return { positions: Object.fromEntries(this.#positions), unacknowledged: this.unacknowledged };
	}

	/**
	 * Lines without a source that were not sent, and dropped lines that were not reported: they would be lost without a
	 * report if the process ended now.
	 */
	get unacknowledged(): number {
		const taken = this.#taken?.unacknowledged ?? 0;
		return this.#dropped + this.#queued.unacknowledged + taken + this.#returned.unacknowledged;
	}

	/** Since the process started, and what waits at present. */
	get counts(): LogCounts {
		const queueBytes = this.#unsentBytes + this.#returned.bytes;
		return { sent: this.#sentLines, suppressed: this.#suppressedLines, queueBytes };
	}

	get #unsentBytes(): number {
		return this.#queued.bytes + (this.#taken?.bytes ?? 0);
	}

	/** The report about dropped lines comes after the lines that filled the queue. */
	#take(): LogBatch | undefined {
		if (this.#dropped > 0) {
			const report = cloudLine(suppressedMessage(this.#dropped, this.#clock.wall().getTime()));
			this.#queued.addUnacknowledged(report, this.#dropped);
			this.#dropped = 0;
		}
		if (this.#queued.isEmpty) {
			return undefined;
		}
		const batch = this.#queued.close();
		this.#queued = new OpenBatch();
		return batch;
	}

	#hasArrived({ sentAt }: SentBatch): boolean {
		return sentAt <= this.#clock.now() - ARRIVED_MS;
	}

	#advance({ positions }: LogBatch): void {
		for (const [source, position] of positions) {
			this.#positions.set(source, position);
			this.#progress.wake('changed');
		}
	}

	/** Before the queued lines: these are older. */
	#return(batches: readonly LogBatch[]): void {
		const later = this.#returned.takeAll();
		this.#returned.push(...batches, ...later);
		this.#progress.wake('changed');
	}

	#keepUnconfirmed(batch: LogBatch): void {
		this.#unconfirmed.push(batch);
		while (this.#unconfirmed.bytes > UNCONFIRMED_BYTES_MAX) {
			this.#forgotten += this.#unconfirmed.shift()?.lines ?? 0;
		}
	}

	#forgetUnconfirmed(): void {
		this.#unconfirmed.takeAll();
		this.#forgotten = 0;
	}

	#wakeSources(): void {
		for (const wake of [...this.#waiting]) {
			wake();
		}
	}
}
