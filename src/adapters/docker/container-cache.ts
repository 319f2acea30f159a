import type { ContainerInspection } from '../../ports/engine.ts';
import { StaleCache } from './stale-cache.ts';

export interface ContainerSource {
	/** Ids of all supervised containers, in any state. */
	list(): Promise<readonly string[]>;
	/** `undefined` if it is gone. */
	inspect(id: string): Promise<ContainerInspection | undefined>;
}

/** Supervised containers, each inspected once until it changes. The same object comes back while nothing changed. */
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

	/** The container changed, or any did. */
	invalidate(id?: string): void {
		if (id === undefined) {
			this.#inspections.clear();
		} else {
			this.#inspections.get(id)?.invalidate();
		}
		this.#list.invalidate();
	}

	async #readAll(): Promise<readonly ContainerInspection[]> {
		const ids = await this.#source.list();
		const present = new Set(ids);
		for (const id of this.#inspections.keys()) {
			if (!present.has(id)) {
				this.#inspections.delete(id);
			}
		}
		const inspections = await Promise.all(ids.map((id) => this.#inspectionOf(id).get()));
		return inspections.filter((inspection) => inspection !== undefined);
	}

	#inspectionOf(id: string): StaleCache<ContainerInspection | undefined> {
		let cache = this.#inspections.get(id);
		if (cache === undefined) {
			cache = new StaleCache(() => this.#source.inspect(id));
			this.#inspections.set(id, cache);
		}
		return cache;
	}
}
