const UNITS = [
	['d', 86_400_000],
	['h', 3_600_000],
	['m', 60_000],
	['s', 1000],
] as const;

/** In its largest unit only, as in the user's log: `500ms`, `1s`, `32s`, `1m` (spec: planner 4.2). */
export function describeDuration(ms: number): string {
	for (const [unit, size] of UNITS) {
		if (ms >= size) {
			return `${Math.round(ms / size)}${unit}`;
		}
	}
	return `${Math.round(ms)}ms`;
}
