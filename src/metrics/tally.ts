import type { Labels, Sample } from './sample.ts';

/** A counter: plain numbers, so that a device without a scraper pays for nothing else. */
export class Tally {
	readonly #counts = new Map<string, { readonly labels: Labels; value: number }>();

	/** Labels come in the same order each time. */
	add(labels: Labels): void {
		const key = keyOf(labels);
		const entry = this.#counts.get(key);
		if (entry === undefined) this.#counts.set(key, { labels, value: 1 });
		else entry.value += 1;
	}

	samples(): readonly Sample[] {
		return [...this.#counts.values()].map(({ labels, value }) => ({ labels, value }));
	}
}

interface Durations {
	readonly labels: Labels;
	/** One more than bounds: the last is of those above all. */
	readonly counts: number[];
	sum: number;
}

/** A histogram of durations. */
export class DurationTally {
	readonly #bounds: readonly number[];
	readonly #durations = new Map<string, Durations>();

	/** Upper bounds, seconds, rising. */
	constructor(bounds: readonly number[]) {
		this.#bounds = bounds;
	}

	add(labels: Labels, ms: number): void {
		const seconds = ms / 1000;
		const key = keyOf(labels);
		let entry = this.#durations.get(key);
		if (entry === undefined) {
			entry = { labels, counts: new Array<number>(this.#bounds.length + 1).fill(0), sum: 0 };
			this.#durations.set(key, entry);
		}
		const above = this.#bounds.findIndex((bound) => seconds <= bound);
		const place = above < 0 ? this.#bounds.length : above;
		entry.counts[place] = (entry.counts[place] ?? 0) + 1;
		entry.sum += seconds;
	}

	samples(): readonly Sample[] {
		return [...this.#durations.values()].flatMap(({ labels, counts, sum }) => {
			let count = 0;
			const buckets = counts.map((more, index): Sample => {
				count += more;
				const bound = this.#bounds[index];
				return {
					part: 'bucket',
					labels: { ...labels, le: bound === undefined ? '+Inf' : String(bound) },
					value: count,
				};
			});
			return [...buckets, { part: 'sum', labels, value: sum }, { part: 'count', labels, value: count }];
		});
	}
}

function keyOf(labels: Labels): string {
	return Object.values(labels).join('\n');
}
