/**
 * A value that is read once and kept until it is marked stale. A reading that was under way when it became stale is
 * handed to those who asked before, and read again for those who ask after.
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
