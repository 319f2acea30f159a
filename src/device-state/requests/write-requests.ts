import { OperationalError } from '../../ports/operational-error.ts';

type Write = () => Promise<void>;

/**
 * Writes of the request table, in their order. What cannot be written now, as on a full disk, waits for the next try:
 * requests are carried out all the same, and those that free space must be.
 */
export class RequestWrites {
	#waiting: readonly Write[] = [];
	#writing: Promise<void> | undefined;

	/** Resolves when it is written, or waits. */
	add(write: Write): Promise<void> {
		this.#waiting = [...this.#waiting, write];
		return this.flush();
	}

	async flush(): Promise<void> {
		if (this.#waiting.length > 0) {
			await (this.#writing ??= this.#writeAll());
		}
	}

	async #writeAll(): Promise<void> {
		try {
			for (let [first] = this.#waiting; first !== undefined; [first] = this.#waiting) {
				await first();
				this.#waiting = this.#waiting.slice(1);
			}
		} catch (error) {
			if (!(error instanceof OperationalError)) {
				throw error;
			} // else the database reports its failures itself
		} finally {
			this.#writing = undefined;
		}
	}
}
