import type { LocalModeTraces } from '../../domain/current.ts';
import { StaleCache } from '../../lib/stale-cache.ts';
import type { Clock } from '../../ports/clock.ts';
import { EngineError } from '../../ports/engine.ts';
import type { EngineInventory } from '../../ports/engine-inventory.ts';
import type { Log } from '../../ports/log.ts';
import type { EngineSnapshot, SnapshotStore } from '../../ports/snapshot-store.ts';
import type { LocalAppStore } from '../../ports/stores.ts';
import { findLeftovers, LEFTOVER_KINDS } from './find-leftovers.ts';

interface LocalModeOptions {
	readonly inventory: EngineInventory;
	/** After a clean-up its cache is stale. */
	readonly engine: { refresh(): void };
	readonly snapshots: SnapshotStore;
	readonly apps: LocalAppStore;
	/** Names of the volumes of apps that stay: their data is kept when local mode is left (decision D9). */
	readonly keptVolumes: () => Promise<readonly string[]>;
	/** Possible names of the container that this supervisor runs in; the first that exists counts. */
	readonly ownNames: readonly string[];
	readonly clock: Pick<Clock, 'wall'>;
	readonly log: Log;
}

/**
 * The records by which leaving local mode restores the device: a snapshot of the engine, and the apps that a developer
 * has set (spec: planner 15).
 */
export class LocalMode {
	readonly #options: LocalModeOptions;
	readonly #traces: StaleCache<LocalModeTraces>;

	constructor(options: LocalModeOptions) {
		this.#options = options;
		this.#traces = new StaleCache(async () => ({
			snapshot: (await options.snapshots.read()) !== undefined,
			apps: await options.apps.hasLocalApps(),
		}));
	}

	/** Cached until `refresh`: only this process changes them. */
	traces(): Promise<LocalModeTraces> {
		return this.#traces.get();
	}

	refresh(): void {
		this.#traces.invalidate();
	}

	/** All containers, not only running ones, as in version 19: foreign containers must still exist when local mode is left. */
	async takeSnapshot(): Promise<void> {
		const { inventory, snapshots, clock } = this.#options;
		try {
			await snapshots.save(await inventory.list(), clock.wall());
		} finally {
			this.refresh();
		}
	}

	/** The snapshot is removed last: while it exists, an interrupted clean-up starts again. */
	async cleanUp(): Promise<void> {
		const { inventory, engine, snapshots, apps, keptVolumes, log } = this.#options;
		try {
			const taken = await snapshots.read();
			if (taken === undefined) {
				log.info('Previous engine snapshot was not stored. Skipping cleanup.');
			} else {
				const kept = [taken.snapshot, (await this.#findOwnParts()) ?? {}, { volumes: await keptVolumes() }];
				await this.#remove(findLeftovers(await inventory.list(), kept));
			}
			await apps.removeLocalApps();
			await snapshots.remove();
		} finally {
			engine.refresh();
			this.refresh();
		}
	}

	async #findOwnParts(): Promise<EngineSnapshot | undefined> {
		for (const name of this.#options.ownNames) {
			const parts = await this.#options.inventory.partsOf(name);
			if (parts !== undefined) {
				return parts;
			}
		}
		return undefined;
	}

	/** An object that the engine does not remove stays; the image clean-up may remove it later. */
	async #remove(leftovers: EngineSnapshot): Promise<void> {
		const { inventory, log } = this.#options;
		for (const kind of LEFTOVER_KINDS) {
			for (const id of leftovers[kind]) {
				try {
					await inventory.remove(kind, id);
				} catch (error) {
					if (!(error instanceof EngineError) || error.code === 'engine-unreachable') {
						throw error; // then the others cannot be removed either
					}
					log.warn('cannot remove an object that local mode left behind', { kind, id, error: error.message });
				}
			}
		}
	}
}
