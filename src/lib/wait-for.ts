import { linkSignal } from './link-signal.ts';

interface Waiting {
	readonly wake: { wait(signal: AbortSignal): Promise<void> };
	/** At the longest. */
	readonly ms: number;
	readonly clock: { sleep(ms: number, signal: AbortSignal): Promise<void> };
	readonly signal: AbortSignal;
}

/** Waits for the wake, for the time to pass or for an abort, whichever is first. The others stop waiting. */
export async function waitFor({ wake, ms, clock, signal }: Waiting): Promise<'wake' | 'time'> {
	const link = linkSignal(signal);
	try {
		const time = clock.sleep(ms, link.signal).then(() => 'time' as const);
		return await Promise.race([time, wake.wait(link.signal).then(() => 'wake' as const)]);
	} finally {
		link.abort();
		link.unlink();
	}
}
