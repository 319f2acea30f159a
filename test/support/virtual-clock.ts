import type { Clock } from '../../src/ports/clock.ts';

interface Timer {
	readonly at: number;
	readonly fire: () => void;
	/** Fired or aborted: taken out when its turn comes. */
	isOver: boolean;
}

/** Time passes only when a test advances it. Sleepers wake in order of their time. */
export class VirtualClock implements Clock {
	#now = 0;
	/** In the order in which they fire. */
	#timers: Timer[] = [];
	readonly #random: () => number;

	constructor(random: () => number = () => 0.5) {
		this.#random = random;
	}

	now(): number {
		return this.#now;
	}

	wall(): Date {
		return new Date(Date.UTC(2026, 0, 1) + this.#now);
	}

	random(): number {
		return this.#random();
	}

	sleep(ms: number, signal: AbortSignal): Promise<void> {
		return new Promise((resolve) => {
			if (signal.aborted) {
				resolve();
				return;
			}
			const done = () => {
				timer.isOver = true;
				signal.removeEventListener('abort', done);
				resolve();
			};
			const timer: Timer = { at: this.#now + Math.max(0, ms), fire: done, isOver: false };
			this.#timers.splice(this.#placeFor(timer.at), 0, timer);
			signal.addEventListener('abort', done, { once: true });
		});
	}

	/** Lets everything happen that is due within `ms`, one timer after the other. */
	async advance(ms: number): Promise<void> {
		const end = this.#now + ms;
		await settle();
		for (let next = this.#next(); next !== undefined && next.at <= end; next = this.#next()) {
			this.#now = Math.max(this.#now, next.at);
			next.fire();
			await settle();
		}
		this.#now = end;
	}

	#next(): Timer | undefined {
		while (this.#timers[0]?.isOver === true) {
			this.#timers.shift();
		}
		return this.#timers[0];
	}

	/** Behind those of the same time: they were there before. */
	#placeFor(at: number): number {
		let low = 0;
		let high = this.#timers.length;
		while (low < high) {
			const middle = (low + high) >>> 1;
			if ((this.#timers[middle]?.at ?? Infinity) <= at) {
				low = middle + 1;
			} else {
				high = middle;
			}
		}
		return low;
	}
}

/** Lets promises run until none of them has anything left to do without time passing. */
async function settle(): Promise<void> {
	for (let turn = 0; turn < 3; turn++) {
		await new Promise<void>((resolve) => {
			setImmediate(resolve);
		});
	}
}
