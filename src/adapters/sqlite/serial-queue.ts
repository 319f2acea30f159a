/** One piece of work after the other, in the order of asking. A failure belongs to the one who asked. */
export class SerialQueue {
	#last: Promise<unknown> = Promise.resolve();

	run<T>(work: () => Promise<T>): Promise<T> {
		const result = this.#last.then(work);
		this.#last = result.catch(() => undefined); // the next one runs all the same
		return result;
	}
}
