/** Calls back when no data came for a while. */
export class Silence {
	readonly #ms: number;
	readonly #tooLong: () => void;
	#timer: NodeJS.Timeout;

	constructor(ms: number, tooLong: () => void) {
		this.#ms = ms;
		this.#tooLong = tooLong;
		this.#timer = setTimeout(tooLong, ms);
	}

	interrupt(): void {
		this.end();
		this.#timer = setTimeout(this.#tooLong, this.#ms);
	}

	end(): void {
		clearTimeout(this.#timer);
	}
}
