import type { Instant } from '../../domain/plan.ts';
import type { Clock } from '../../ports/clock.ts';
import type { DeltaPair } from '../deltas.ts';

/** Before the whole image is fetched instead. */
const ATTEMPTS_MAX = 3;
/** Until the next question. */
const QUIET_MS = 3_600_000;
const KEPT_MAX = 200;

interface Attempts {
	readonly failures: number;
	readonly quietUntil: Instant;
}
const NONE: Attempts = { failures: 0, quietUntil: -Infinity };

/**
 * Deltas are an optimisation: what cannot be had after three tries is not asked for within an hour, nor anything else of a
 * server that does not answer (decision D29). In memory, as a restart may have mended it.
 */
export class DeltaAttempts {
	readonly #clock: Pick<Clock, 'now'>;
	readonly #pairs = new Map<string, Attempts>();
	#server = NONE;

	constructor(clock: Pick<Clock, 'now'>) {
		this.#clock = clock;
	}

	mayAsk(pair: DeltaPair): boolean {
		const now = this.#clock.now();
		return now >= this.#server.quietUntil && now >= this.#of(pair).quietUntil;
	}

	/** Whether it is given up. */
	failed(pair: DeltaPair, { isServerAway }: { readonly isServerAway: boolean }): boolean {
		this.#server = isServerAway ? this.#next(this.#server) : NONE;
		const attempts = this.#next(this.#of(pair));
		this.#pairs.delete(keyOf(pair));
		this.#pairs.set(keyOf(pair), attempts);
		const [oldest] = this.#pairs.keys();
		if (this.#pairs.size > KEPT_MAX && oldest !== undefined) {
			this.#pairs.delete(oldest);
		}
		return !this.mayAsk(pair);
	}

	/** The server answers, whatever it says. */
	answered(): void {
		this.#server = NONE;
	}

	#of(pair: DeltaPair): Attempts {
		return this.#pairs.get(keyOf(pair)) ?? NONE;
	}

	/** After an hour of quiet one failure is enough for the next. */
	#next({ failures }: Attempts): Attempts {
		const isGivenUp = failures + 1 >= ATTEMPTS_MAX;
		return { failures: failures + 1, quietUntil: isGivenUp ? this.#clock.now() + QUIET_MS : -Infinity };
	}
}

function keyOf({ source, target }: DeltaPair): string {
	return `${source} ${target}`;
}
