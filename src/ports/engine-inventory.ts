import type { EngineSnapshot } from './snapshot-store.ts';

/** Everything on the engine, ours or not. Never cached. Rejects with `EngineError`. */
export interface EngineInventory {
	/** Without the built-in networks of the engine. */
	list(): Promise<EngineSnapshot>;
	/** A container by id or name, with its image, named volumes and networks. `undefined`: not found. */
	partsOf(container: string): Promise<EngineSnapshot | undefined>;
	/** With force: running containers and images with several names too. Not found is success. */
	remove(kind: keyof EngineSnapshot, id: string): Promise<void>;
}
