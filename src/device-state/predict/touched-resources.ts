import type { Footprint, Resource } from '../../domain/footprint.ts';

interface Touched {
	/** Orders of steps that write or read the very resource. */
	readonly writers: number[];
	readonly readers: number[];
	/** The same for a part of it. */
	readonly writersBelow: number[];
	readonly readersBelow: number[];
}

/** Which earlier steps conflict with a footprint: as `conflicts` of `footprint.ts` says, without comparing all pairs. */
export class TouchedResources {
	readonly #byPath = new Map<Resource, Touched>();

	add({ writes, reads }: Footprint, order: number): void {
		for (const resource of writes) {
			this.#at(resource).writers.push(order);
			ancestorsOf(resource).forEach((path) => this.#at(path).writersBelow.push(order));
		}
		for (const resource of reads) {
			this.#at(resource).readers.push(order);
			ancestorsOf(resource).forEach((path) => this.#at(path).readersBelow.push(order));
		}
	}

	/** In ascending order. */
	by({ writes, reads }: Footprint): readonly number[] {
		const orders = new Set<number>();
		const addAll = (...lists: readonly (readonly number[])[]) => {
			lists.forEach((list) => {
				list.forEach((order) => orders.add(order));
			});
		};
		for (const resource of writes) {
			const own = this.#byPath.get(resource);
			if (own !== undefined) addAll(own.writers, own.readers, own.writersBelow, own.readersBelow);
			this.#aboveOf(resource).forEach(({ writers, readers }) => {
				addAll(writers, readers);
			});
		}
		for (const resource of reads) {
			const own = this.#byPath.get(resource);
			if (own !== undefined) addAll(own.writers, own.writersBelow);
			this.#aboveOf(resource).forEach(({ writers }) => {
				addAll(writers);
			});
		}
		return [...orders].sort((a, b) => a - b);
	}

	#aboveOf(resource: Resource): readonly Touched[] {
		return ancestorsOf(resource).flatMap((path) => this.#byPath.get(path) ?? []);
	}

	#at(path: Resource): Touched {
		const known = this.#byPath.get(path);
		if (known !== undefined) return known;
		const touched = { writers: [], readers: [], writersBelow: [], readersBelow: [] };
		this.#byPath.set(path, touched);
		return touched;
	}
}

/** `app`, `app/1` of `app/1/locks`. */
function ancestorsOf(resource: Resource): readonly Resource[] {
	const parts = resource.split('/');
	return parts.slice(1).map((_, n) => parts.slice(0, n + 1).join('/'));
}
