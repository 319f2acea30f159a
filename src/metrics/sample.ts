import type { MetricKey } from './table.ts';

export type Labels = Readonly<Record<string, string>>;

/** One value of a metric. */
export interface Sample {
	readonly labels: Labels;
	readonly value: number;
	/** Of a histogram: which of its parts. */
	readonly part?: 'bucket' | 'sum' | 'count';
}

/** A metric without samples is not shown. */
export type Samples = Readonly<Partial<Record<MetricKey, readonly Sample[]>>>;

/** One value without labels, where there is one. */
export function single(value: number | undefined): readonly Sample[] {
	return value === undefined || !Number.isFinite(value) ? [] : [{ labels: {}, value }];
}

export function bit(isSet: boolean): number {
	return isSet ? 1 : 0;
}

/** How many of the words are equal, under a label. */
export function countEach(label: string, words: readonly string[]): readonly Sample[] {
	const counts = new Map<string, number>();
	for (const word of words) {
		counts.set(word, (counts.get(word) ?? 0) + 1);
	}
	return [...counts].map(([word, value]) => ({ labels: { [label]: word }, value }));
}
