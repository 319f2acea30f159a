const KEPT_MAX = 500;

/** What failed last, and how: the user is told once for each service and message (spec: planner P8). */
export class RepeatedFailures {
	readonly #last = new Map<string, string>();

	hasFailed(what: string): boolean {
		return this.#last.has(what);
	}

	/** Whether it failed in the same way the last time. */
	isRepeated(what: string, message: string): boolean {
		const isSame = this.#last.get(what) === message;
		this.#last.delete(what);
		this.#last.set(what, message);
		const [oldest] = this.#last.keys();
		if (this.#last.size > KEPT_MAX && oldest !== undefined) {
			this.#last.delete(oldest);
		}
		return isSame;
	}

	ended(what: string): void {
		this.#last.delete(what);
	}
}
