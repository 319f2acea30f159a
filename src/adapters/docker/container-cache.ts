import type { ContainerInspection } from '../../ports/engine.ts';
import { StaleCache } from '../../lib/stale-cache.ts';
import type { ListedContainer } from './listed-container.ts';

interface ContainerSource {
	/** All supervised containers, in any state. */
	list(): Promise<readonly ListedContainer[]>;
	/** `undefined` if it no longer exists, or is not supervised. */
	inspect(listed: ListedContainer): Promise<ContainerInspection | undefined>;
}

/** Supervised containers, each inspected once until it changes. An unchanged container keeps its object. */
export class ContainerCache {
	readonly #source: ContainerSource;
	readonly #inspections = new Map<string, StaleCache<ContainerInspection | undefined>>();
	readonly #list: StaleCache<readonly ContainerInspection[]>;

	constructor(source: ContainerSource) {
		this.#source = source;
		this.#list = new StaleCache(() => this.#readAll());
	}

	list(): Promise<readonly ContainerInspection[]> {
		return this.#list.get();
	}

	/** The container has changed; without an id, any container may have. */
	invalidate(id?: string): void {
		if (id === undefined) {
			this.#inspections.clear();
		} else {
			this.#inspections.get(id)?.invalidate();
		}
		this.#list.invalidate();
	}

	async #readAll(): Promise<readonly ContainerInspection[]> {
		const listed = await this.#source.list();
		const present = new Set(listed.map(({ id }) => id));
		for (const id of this.#inspections.keys()) {
			if (!present.has(id)) {
				this.#inspections.delete(id);
			}
		}
		const inspections = await Promise.all(listed.map((container) => this.#inspectionOf(container).get()));
		return inspections.filter((inspection) => inspection !== undefined);
	}

	#inspectionOf(listed: ListedContainer): StaleCache<ContainerInspection | undefined> {
		let cache = this.#inspections.get(listed.id);
		if (cache === undefined) {
			cache = new StaleCache(() => this.#source.inspect(listed));
			if (listed.id !== '') {
				this.#inspections.set(listed.id, cache); // several may be shown without an id
			}
		}
		return cache;
	}
}
