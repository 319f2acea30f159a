/** One piece of work after the other for each key, in the order of asking. A failure belongs to the one who asked. */
export class KeyedQueue<Key> {
	readonly #last = new Map<Key, Promise<void>>();

	run<T>(key: Key, work: () => Promise<T>): Promise<T> {
		const result = (this.#last.get(key) ?? Promise.resolve()).then(work);
		const ended = result
			.then(
				() => undefined,
				() => undefined, // the next one runs all the same
			)
			.then(() => {
				if (this.#last.get(key) === ended) {
					this.#last.delete(key);
				}
			});
		this.#last.set(key, ended);
		return result;
	}
}
