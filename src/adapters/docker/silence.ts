/** Calls back when nothing was heard for a while. */
export class Silence {
	readonly #ms: number;
	readonly #tooLong: () => void;
	#timer: NodeJS.Timeout;

	constructor(ms: number, tooLong: () => void) {
		this.#ms = ms;
		this.#tooLong = tooLong;
		this.#timer = setTimeout(tooLong, ms);
	}

	/** Something was heard. */
	interrupt(): void {
		this.end();
		this.#timer = setTimeout(this.#tooLong, this.#ms);
	}

	end(): void {
		clearTimeout(this.#timer);
	}
}

/** The answer, or the signal's reason: the client below does not always notice that it was aborted. */
export function orAborted<T>(answer: Promise<T>, signal: AbortSignal): Promise<T> {
	return new Promise((resolve, reject) => {
		const onAbort = () => {
			reject(signal.reason as Error); // every reason here is one
		};
		if (signal.aborted) {
			onAbort();
		}
		signal.addEventListener('abort', onAbort, { once: true });
		answer.then(resolve, reject).finally(() => {
			signal.removeEventListener('abort', onAbort);
		});
	});
}
