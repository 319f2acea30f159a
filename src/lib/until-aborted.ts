/** Resolves when the signal aborts; at once if it has. */
export function untilAborted(signal: AbortSignal): Promise<void> {
	return new Promise((resolve) => {
		if (signal.aborted) resolve();
		else signal.addEventListener('abort', () => resolve(), { once: true });
	});
}

/** The answer, or the signal's reason as soon as it aborts: for calls that do not notice an abort by themselves. */
export function orAborted<T>(answer: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
	if (signal === undefined) return answer;
	return new Promise((resolve, reject) => {
		const onAbort = () => {
			reject(signal.reason as Error); // all our abort reasons are errors
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
