/** Runs one task at a time, in the order of their asking. */
export class SerialQueue {
	#last: Promise<unknown> = Promise.resolve();

	run<T>(task: () => Promise<T>): Promise<T> {
		const mine = this.#last.then(task);
		this.#last = mine.catch(() => undefined); // whoever asked hears of the failure; the next task must run anyway
		return mine;
	}
}
