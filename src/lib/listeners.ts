/** Functions to call when something happens. */
export class Listeners<T extends readonly unknown[]> {
	readonly #listeners = new Set<{ readonly call: (...args: T) => void }>();

	/** Returns a function that removes the listener. A listener that is added twice is called twice. */
	add(call: (...args: T) => void): () => void {
		const entry = { call };
		this.#listeners.add(entry);
		return () => {
			this.#listeners.delete(entry);
		};
	}

	notify(...args: T): void {
		for (const { call } of this.#listeners) call(...args);
	}
}
