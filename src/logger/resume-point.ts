import type { ContainerLine } from '../ports/container-logs.ts';

/** Lines of one output are ordered by time; lines of the two outputs are only roughly so. */
const DISORDER_MS = 1000;

/** The position in one output: its last time, and how many lines have this time. */
interface Place {
	readonly time: string;
	readonly count: number;
}

/**
 * The position in the log of a container. Times are to the nanosecond but not unique, so lines of the same time are
 * counted; and each output counts for itself.
 */
export class ResumePoint {
	readonly #places: [out: Place | undefined, err: Place | undefined];
	/** The lines to skip, because they were read before. */
	#before: [out: Place | undefined, err: Place | undefined];
	/** Older lines were never wanted. Wall time, ms. */
	readonly #firstMs: number | undefined;

	/** From the text of `toString`, or from a time, or from the beginning. */
	constructor(from?: string | number) {
		const text = typeof from === 'string' ? from : '';
		const first = / since (\d+)$/.exec(text)?.[1];
		this.#firstMs = typeof from === 'number' ? from : first === undefined ? undefined : Number(first);
		this.#places = parse(text);
		this.#before = [...this.#places];
	}

	/** Wall time, ms; a few lines are read again and skipped. */
	get sinceMs(): number | undefined {
		const times = this.#places.filter((place) => place !== undefined).map(({ time }) => Date.parse(time));
		const readMs = times.length === 0 ? undefined : Math.min(...times) - DISORDER_MS;
		return readMs === undefined ? this.#firstMs : Math.max(readMs, this.#firstMs ?? 0);
	}

	/** The log is read again, from `sinceMs` or before. */
	restart(): void {
		this.#before = [...this.#places];
	}

	/** Moves to this line. `false`: it was read before. */
	advance({ isStdErr, time }: ContainerLine): boolean {
		const index = isStdErr ? 1 : 0;
		const before = this.#before[index];
		if (before !== undefined) {
			if (time < before.time) {
				return false;
			}
			if (time === before.time && before.count > 0) {
				this.#before[index] = { time, count: before.count - 1 };
				return false;
			}
			this.#before[index] = undefined;
		}
		const last = this.#places[index];
		this.#places[index] = { time, count: last?.time === time ? last.count + 1 : 1 };
		return true;
	}

	/** The text from which an equal one can be made. */
	toString(): string {
		const places = this.#places.map((place) => (place === undefined ? '-' : `${place.time}/${place.count}`)).join(' ');
		return this.#firstMs === undefined ? places : `${places} since ${this.#firstMs}`;
	}
}

function parse(text: string): [Place | undefined, Place | undefined] {
	const [out, err] = text.split(' ').map((part) => {
		const match = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z)\/(\d+)$/.exec(part);
		return match === null ? undefined : { time: match[1] ?? '', count: Number(match[2]) };
	});
	return [out, err];
}
