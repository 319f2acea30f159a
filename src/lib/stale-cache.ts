/**
 * A value that is read once and kept until it is marked stale. A read that was under way then still serves the earlier
 * callers; later callers start a new read.
 */
export class StaleCache<T> {
	readonly #read: () => Promise<T>;
	#reading: Promise<T> | undefined;

	constructor(read: () => Promise<T>) {
		this.#read = read;
	}

	invalidate(): void {
		this.#reading = undefined;
	}

	get(): Promise<T> {
		if (this.#reading === undefined) {
			const reading = this.#read();
			this.#reading = reading;
			reading.catch(() => {
				if (this.#reading === reading) {
					this.#reading = undefined; // a failure is not remembered
				}
			});
		}
		return this.#reading;
	}
}
