import type { EngineSnapshot } from './snapshot-store.ts';

/** All that is on the engine, whether ours or not. Never from memory. Rejects with `EngineError`. */
export interface EngineInventory {
	/** Without the networks that every engine has of its own. */
	list(): Promise<EngineSnapshot>;
	/** A container, by id or name: itself, its image, its named volumes, its networks. `undefined`: there is none. */
	partsOf(container: string): Promise<EngineSnapshot | undefined>;
	/** By force, as far as the engine lets: running containers and images with several names too. Not found is success. */
	remove(kind: keyof EngineSnapshot, id: string): Promise<void>;
}
