import type { Engine } from '../../src/ports/engine.ts';
import type { EngineInventory } from '../../src/ports/engine-inventory.ts';
import type { EngineSnapshot } from '../../src/ports/snapshot-store.ts';
import type { FakeEngine } from './fake-engine.ts';

/** Everything on an engine in memory. `calls`: the same engine as one life of the supervisor sees it. */
export class FakeInventory implements EngineInventory {
	readonly #engine: FakeEngine;
	readonly #calls: Engine;

	constructor(engine: FakeEngine, calls: Engine) {
		this.#engine = engine;
		this.#calls = calls;
	}

	async list(): Promise<EngineSnapshot> {
		await this.#calls.listVolumes(new AbortController().signal); // takes its time, and may fail
		const { containers, images, volumes, networks } = this.#engine;
		return {
			containers: [...containers.keys()],
			images: [...images.keys()],
			volumes: [...volumes.keys()],
			networks: [...networks.values()].map(({ Id }) => Id),
		};
	}

	/** The supervisor runs elsewhere. */
	partsOf(): Promise<undefined> {
		return Promise.resolve(undefined);
	}

	async remove(kind: keyof EngineSnapshot, id: string): Promise<void> {
		switch (kind) {
			case 'containers':
				return this.#calls.removeContainer(id, { force: true });
			case 'images':
				return this.#calls.removeImage(id, { force: true });
			case 'networks':
				return this.#calls.removeNetwork(id);
			case 'volumes':
				return this.#calls.removeVolume(id);
		}
	}
}
