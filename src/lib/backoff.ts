export interface Backoff {
	/** Delay after the first failure, ms. */
	readonly firstMs: number;
	readonly maxMs: number;
	/** Part of the delay that is random, 0 to 1. */
	readonly jitter?: number;
}

/** The pause after the given number of failures (1 and up): doubling, with a ceiling and jitter. */
export function backoffMs(backoff: Backoff, failures: number, random: () => number): number {
	const exponent = Math.min(Math.max(failures - 1, 0), 40); // 2^40 × any delay is above every ceiling
	const full = Math.min(backoff.firstMs * 2 ** exponent, backoff.maxMs);
	const jitter = backoff.jitter ?? 0;
	return Math.round(full * (1 - jitter) + full * jitter * random());
}
