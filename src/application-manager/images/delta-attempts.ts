import type { Instant } from '../../domain/plan.ts';
import type { Clock } from '../../ports/clock.ts';
import type { DeltaPair } from '../deltas.ts';

/** Failures before the whole image is fetched instead. */
const ATTEMPTS_MAX = 3;
/** Pause before the delta, or the server, is used again. */
const QUIET_MS = 3_600_000;
const KEPT_MAX = 200;

interface Attempts {
	readonly failures: number;
	readonly quietUntil: Instant;
}
const NONE: Attempts = { failures: 0, quietUntil: -Infinity };

/**
 * Deltas are an optimisation: after three failures a delta is skipped for an hour, and so is each delta of a server
 * that does not answer (decision D29). In memory, because a restart may have fixed the cause.
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

	/** Whether the delta is skipped from now on. */
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

	/** The server answers, with a delta or without. */
	answered(): void {
		this.#server = NONE;
	}

	#of(pair: DeltaPair): Attempts {
		return this.#pairs.get(keyOf(pair)) ?? NONE;
	}

	/** After an hour without a failure, one failure is enough to skip it again. */
	#next({ failures }: Attempts): Attempts {
		const isGivenUp = failures + 1 >= ATTEMPTS_MAX;
		return { failures: failures + 1, quietUntil: isGivenUp ? this.#clock.now() + QUIET_MS : -Infinity };
	}
}

function keyOf({ source, target }: DeltaPair): string {
	return `${source} ${target}`;
}
