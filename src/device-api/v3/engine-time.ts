/** A time of the engine, which writes nanoseconds, or of the host, with milliseconds. `undefined`: it is none. */
export function engineTime(text: string | undefined): string | undefined {
	const at = new Date(text ?? Number.NaN);
	return Number.isNaN(at.getTime()) ? undefined : at.toISOString();
}
