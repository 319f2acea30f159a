import type { Clock } from '../ports/clock.ts';
import type { LogBatch } from './log-buffer.ts';

interface Sent {
	readonly batch: LogBatch;
	readonly at: number;
}

/**
 * The cloud says nothing before the end of the stream. What it was sent longer ago than this before a connection breaks
 * counts as arrived; what it was sent later is sent again, as nobody knows. Lines can still be lost when the network
 * goes away without a word and the system has taken them already; the protocol has no better answer.
 */
const ARRIVED_MS = 2000;
/** Of lines that may have to be sent again. Beyond it sending waits, so that memory is bounded and no line is given up. */
const BYTES_MAX = 1024 * 1024;
/** Of lines that have arrived if the cloud knows the device. Beyond it they are only counted. */
const DOUBTFUL_BYTES_MAX = 256 * 1024;

/** Lines that were sent and may not have arrived. */
export class SentLines {
	readonly #clock: Clock;
	#sent: Sent[] = [];
	#bytes = 0;
	/** On a connection that the cloud may still refuse, with all that came over it. */
	#doubtful: LogBatch[] = [];
	#doubtfulBytes = 0;
	#forgottenLines = 0;
	#isProven = false;

	constructor(clock: Clock) {
		this.#clock = clock;
	}

	add(batch: LogBatch): void {
		// Released by the buffer before: here its bytes count by themselves, and when it comes back they count for nobody.
		this.#sent.push({ batch: { ...batch, bytes: 0 }, at: this.#clock.now() });
		this.#bytes += batch.text.length;
	}

	get isEmpty(): boolean {
		return this.#sent.length === 0;
	}

	/** A connection of which nobody knows yet whether the cloud takes it. */
	begin(): void {
		this.#forgetDoubts();
		this.#isProven = false;
	}

	/** The cloud would have refused it by now. */
	prove(): void {
		this.#forgetDoubts();
		this.#isProven = true;
	}

	/** How long to wait before more may be sent. */
	waitMs(): number {
		return this.#bytes < BYTES_MAX ? 0 : Math.max((this.arrivalAt() ?? 0) - this.#clock.now(), 0);
	}

	/** When the next of them counts as arrived. */
	arrivalAt(): number | undefined {
		const [first] = this.#sent;
		return first && first.at + ARRIVED_MS;
	}

	/** The positions of those that count as arrived by now. */
	takeArrived(): ReadonlyMap<string, string> {
		const limit = this.#clock.now() - ARRIVED_MS;
		const index = this.#sent.findIndex(({ at }) => at > limit);
		return this.#take(index < 0 ? this.#sent.length : index).positions;
	}

	/** What the cloud has answered for. */
	takeAll(): { readonly positions: ReadonlyMap<string, string>; readonly lines: number } {
		this.prove();
		return this.#take(this.#sent.length);
	}

	/** To be sent again. */
	takeBack(): readonly LogBatch[] {
		const batches = this.#sent.map(({ batch }) => batch);
		this.clear();
		return batches;
	}

	/** Nothing of what came over the connection has arrived: what is still here of it, and how many lines are not. */
	takeBackAll(): { readonly batches: readonly LogBatch[]; readonly lostLines: number } {
		const lostLines = this.#forgottenLines;
		return { batches: [...this.#doubtful, ...this.takeBack()], lostLines };
	}

	clear(): void {
		this.#sent = [];
		this.#bytes = 0;
		this.#forgetDoubts();
	}

	#forgetDoubts(): void {
		this.#doubtful = [];
		this.#doubtfulBytes = 0;
		this.#forgottenLines = 0;
	}

	#doubt(batch: LogBatch): void {
		this.#doubtful.push(batch);
		this.#doubtfulBytes += batch.text.length;
		while (this.#doubtfulBytes > DOUBTFUL_BYTES_MAX) {
			const oldest = this.#doubtful.shift();
			this.#doubtfulBytes -= oldest?.text.length ?? 0;
			this.#forgottenLines += oldest?.lines ?? 0;
		}
	}

	#take(count: number): { readonly positions: ReadonlyMap<string, string>; readonly lines: number } {
		const positions = new Map<string, string>();
		let lines = 0;
		for (const { batch } of this.#sent.splice(0, count)) {
			lines += batch.lines;
			if (!this.#isProven) {
				this.#doubt(batch);
			}
			this.#bytes -= batch.text.length;
			for (const [source, position] of batch.positions) {
				positions.set(source, position);
			}
		}
		return { positions, lines };
	}
}
