import type { Instant } from '../../domain/plan.ts';

/** Lets a few through at once, and then one in each period. */
export class TokenBucket {
	readonly #options: { readonly capacity: number; readonly refillMs: number };
	#tokens: number;
	/** Up to when the refill is counted. */
	#countedAt: Instant | undefined;

	constructor(options: { readonly capacity: number; readonly refillMs: number }) {
		this.#options = options;
		this.#tokens = options.capacity;
	}

	take(now: Instant): void {
		this.#refill(now);
		this.#tokens = Math.max(0, this.#tokens - 1);
	}

	/** How long until there are so many; 0 if they are there. */
	waitMs(tokens: number, now: Instant): number {
		this.#refill(now);
		const missing = tokens - this.#tokens;
		return missing <= 0 ? 0 : missing * this.#options.refillMs - (now - (this.#countedAt ?? now));
	}

	#refill(now: Instant): void {
		const { capacity, refillMs } = this.#options;
		this.#countedAt ??= now;
		const whole = Math.floor((now - this.#countedAt) / refillMs);
		this.#tokens += whole;
		this.#countedAt += whole * refillMs;
		if (this.#tokens >= capacity) {
			this.#tokens = capacity;
			this.#countedAt = now; // a full bucket does not save up for the next token
		}
	}
}
