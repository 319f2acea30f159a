/** Asked anew: the compiler takes a flag that it saw unset for unset, whatever was awaited since. */
export function isAborted(signal: AbortSignal): boolean {
	return signal.aborted;
}
