export interface Sample {
	readonly median: number;
	readonly min: number;
	readonly max: number;
	readonly count: number;
}

export function summarize(values: readonly number[]): Sample {
	const sorted = [...values].sort((a, b) => a - b);
	const at = (index: number) => sorted[index] ?? NaN;
	const middle = sorted.length / 2;
	const median = sorted.length % 2 === 1 ? at(Math.floor(middle)) : (at(middle - 1) + at(middle)) / 2;
	return { median, min: at(0), max: at(sorted.length - 1), count: sorted.length };
}
