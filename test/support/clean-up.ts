/**
 * Clean-up tasks of a test. Each one runs, also if others or the test itself failed: remains would make the next test
 * fail for a hidden reason.
 */
export class CleanUp {
	readonly #tasks: (() => unknown)[] = [];

	/** To be undone before all that was added earlier. */
	add(task: () => unknown): void {
		this.#tasks.push(task);
	}

	/** Runs all tasks, then rejects with the failures. */
	async run(): Promise<void> {
		const errors: unknown[] = [];
		for (let task = this.#tasks.pop(); task !== undefined; task = this.#tasks.pop()) {
			try {
				await task();
			} catch (error) {
				errors.push(error);
			}
		}
		if (errors.length === 1) throw errors[0];
		if (errors.length > 1) throw new AggregateError(errors, errors.map(String).join('\n'));
	}

	/** For objects of several parts: removes the finished parts if a later one fails. */
	async during<T>(make: () => Promise<T>): Promise<T> {
		try {
			return await make();
		} catch (error) {
			await this.run().catch(() => undefined); // the first error is reported
			throw error;
		}
	}
}
