export interface LogBatch {
	readonly text: string;
	/** Includes dropped lines that one of these lines reports. */
	readonly lines: number;
	/** Of the text in UTF-8. */
	readonly bytes: number;
	/** See `LogQueue.unacknowledged`. */
	readonly unacknowledged: number;
	/** The position after the last line of each source. */
	readonly positions: ReadonlyMap<string, string>;
}

/** The batch that new lines go into. */
export class OpenBatch {
	#texts: string[] = [];
	#lines = 0;
	#bytes = 0;
	#unacknowledged = 0;
	readonly #positions = new Map<string, string>();

	get isEmpty(): boolean {
		return this.#texts.length === 0;
	}

	get bytes(): number {
		return this.#bytes;
	}

	get unacknowledged(): number {
		return this.#unacknowledged;
	}

	/** A line that its source can read again from its position. */
	add(text: string, source: string, position: string): void {
		this.#append(text, 1);
		this.#positions.set(source, position);
	}

	/** A line that only this process has. `lines`: how many lines it stands for. */
	addUnacknowledged(text: string, lines: number): void {
		this.#append(text, lines);
		this.#unacknowledged += lines;
	}

	close(): LogBatch {
		return {
			text: this.#texts.join(''),
			lines: this.#lines,
			bytes: this.#bytes,
			unacknowledged: this.#unacknowledged,
			positions: this.#positions,
		};
	}

	#append(text: string, lines: number): void {
		this.#texts.push(text);
		this.#lines += lines;
		this.#bytes += Buffer.byteLength(text);
	}
}

/** Batches in one state, oldest first, with their total size in bytes. */
export class BatchList<T extends LogBatch> {
	#batches: T[] = [];
	#bytes = 0;

	get bytes(): number {
		return this.#bytes;
	}

	get first(): T | undefined {
		return this.#batches[0];
	}

	get unacknowledged(): number {
		return this.#batches.reduce((sum, { unacknowledged }) => sum + unacknowledged, 0);
	}

	push(...batches: readonly T[]): void {
		this.#batches.push(...batches);
		this.#bytes += batches.reduce((sum, { bytes }) => sum + bytes, 0);
	}

	shift(): T | undefined {
		const first = this.#batches.shift();
		this.#bytes -= first?.bytes ?? 0;
		return first;
	}

	takeAll(): readonly T[] {
		const batches = this.#batches;
		this.#batches = [];
		this.#bytes = 0;
		return batches;
	}
}
