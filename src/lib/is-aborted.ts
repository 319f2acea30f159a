/** A fresh read: the compiler narrows `signal.aborted` to `false` and keeps that across an `await`. */
export function isAborted(signal: AbortSignal): boolean {
	return signal.aborted;
}
