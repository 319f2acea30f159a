/**
 * What has to be undone when a test is over. Each is tried, whatever became of the others and of the test itself: what
 * stays behind is found by the next test, which then fails for a reason that nobody sees.
 */
export class CleanUp {
	readonly #tasks: (() => unknown)[] = [];

	/** To be undone before all that was added earlier. */
	add(task: () => unknown): void {
		this.#tasks.push(task);
	}

	/** Rejects with what failed, when all was tried. */
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

	/** For what is made of several parts: those that were made go again when a later one cannot be. */
	async during<T>(make: () => Promise<T>): Promise<T> {
		try {
			return await make();
		} catch (error) {
			await this.run().catch(() => undefined); // the first error tells more
			throw error;
		}
	}
}
