import { backoffMs } from '../../lib/backoff.ts';

const FIRST_RETRY_MS = 15_000;
/** The first pauses are known to clients and tests to the second; the long ones are when a fleet must not march in step. */
const EXACT_FAILURES = 4;
const EXACT_JITTER = 0.05;
const EXACT_JITTER_MS_MAX = 1000;
const JITTER = 0.2;

interface CloudBackoffOptions {
	/** In a row, this one counted. */
	readonly failures: number;
	/** The poll interval. */
	readonly maxMs: number;
	readonly random: () => number;
}

/** How long to leave the cloud alone after a failure: 15, 30, 60 s and so on, a little less by chance (spec: cloud-api 1.7, 5.3). */
export function cloudBackoffMs({ failures, maxMs, random }: CloudBackoffOptions): number {
	const full = backoffMs({ firstMs: FIRST_RETRY_MS, maxMs }, failures, () => 0);
	const jitterMs = failures <= EXACT_FAILURES ? Math.min(EXACT_JITTER_MS_MAX, full * EXACT_JITTER) : full * JITTER;
	return Math.round(full - jitterMs * random());
}
