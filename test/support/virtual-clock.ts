import type { Clock } from '../../src/ports/clock.ts';

interface Timer {
	readonly at: number;
	readonly order: number;
	readonly fire: () => void;
}

/** Time that passes only when told to. Sleepers wake in order of their time. */
export class VirtualClock implements Clock {
	#now = 0;
	#order = 0;
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
				this.#timers = this.#timers.filter((other) => other !== timer);
				signal.removeEventListener('abort', done);
				resolve();
			};
			const timer: Timer = { at: this.#now + Math.max(0, ms), order: this.#order++, fire: done };
			this.#timers.push(timer);
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
		return this.#timers.reduce<Timer | undefined>(
			(first, timer) =>
				first === undefined || timer.at < first.at || (timer.at === first.at && timer.order < first.order)
					? timer
					: first,
			undefined,
		);
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
