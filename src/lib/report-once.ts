/** Remembers what was reported of each key, so that a report is not repeated until it changes or its key was forgotten. */
export class ReportOnce<Key = string> {
	readonly #reported = new Map<Key, string>();
	readonly #keysMax: number;

	/** Above `keysMax` keys, the one that was reported longest ago is forgotten. */
	constructor({ keysMax = Infinity }: { readonly keysMax?: number } = {}) {
		this.#keysMax = keysMax;
	}

	has(key: Key): boolean {
		return this.#reported.has(key);
	}

	/** Whether the text differs from the last one of its key. From now on it is the last one. */
	isNew(key: Key, text: string): boolean {
		const isNew = this.#reported.get(key) !== text;
		this.#reported.delete(key); // the order of the map is the order of reports
		this.#reported.set(key, text);
		const [oldest] = this.#reported.keys();
		if (this.#reported.size > this.#keysMax && oldest !== undefined) {
			this.#reported.delete(oldest);
		}
		return isNew;
	}

	/** Those items of a complete list that were not in the last list. */
	selectNew<Item>(items: readonly Item[], keyOf: (item: Item) => Key): readonly Item[] {
		const selected = items.filter((item) => this.isNew(keyOf(item), ''));
		this.keepOnly(items.map(keyOf));
		return selected;
	}

	/** Returns whether the key had a report, so that its recovery can be reported. */
	forget(key: Key): boolean {
		return this.#reported.delete(key);
	}

	/** Forgets all other keys. */
	keepOnly(keys: Iterable<Key>): void {
		const kept = new Set(keys);
		for (const key of this.#reported.keys()) {
			if (!kept.has(key)) {
				this.#reported.delete(key);
			}
		}
	}
}
