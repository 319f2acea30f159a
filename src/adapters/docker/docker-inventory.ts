import Docker from 'dockerode';
import type { EngineInventory } from '../../ports/engine-inventory.ts';
import type { EngineSnapshot } from '../../ports/snapshot-store.ts';
import { ignoreMissing, isStatus } from './engine-errors.ts';
import { parseHost } from './parse-host.ts';
import { within } from './within.ts';

interface DockerInventoryOptions {
	/** As for `DockerEngine`. */
	readonly host: string;
	/** Limit for calls that only read, ms. */
	readonly readTimeoutMs: number;
}

const REMOVE_LIMIT_MS = 2 * 60_000;
/** The engine creates these at each of its starts, and refuses to remove them. */
const PREDEFINED_NETWORKS: readonly string[] = ['bridge', 'host', 'none'];

export class DockerInventory implements EngineInventory {
	readonly #docker: Docker;
	readonly #limitMs: number;

	constructor({ host, readTimeoutMs }: DockerInventoryOptions) {
		this.#docker = new Docker(parseHost(host));
		this.#limitMs = readTimeoutMs;
	}

	list(): Promise<EngineSnapshot> {
		return within({ doing: 'list its objects', limitMs: this.#limitMs }, async ({ abortSignal }) => {
			const [containers, images, { Volumes }, networks] = await Promise.all([
				this.#docker.listContainers({ all: true, abortSignal }),
				this.#docker.listImages({ abortSignal }),
				this.#docker.listVolumes({ abortSignal }),
				this.#docker.listNetworks({ abortSignal }),
			]);
			return {
				containers: containers.map(({ Id }) => Id),
				images: images.map(({ Id }) => Id),
				// The engine answers null where there are none.
				volumes: ((Volumes as typeof Volumes | null) ?? []).map(({ Name }) => Name),
				networks: networks.filter(({ Name }) => !PREDEFINED_NETWORKS.includes(Name)).map(({ Id }) => Id),
			};
		});
	}

	partsOf(container: string): Promise<EngineSnapshot | undefined> {
		return within({ doing: `inspect container ${container}`, limitMs: this.#limitMs }, async ({ abortSignal }) => {
			try {
				const found = await this.#docker.getContainer(container).inspect({ abortSignal });
				return {
					containers: [found.Id],
					images: [found.Image],
					volumes: found.Mounts.flatMap(({ Name }) => Name ?? []),
					networks: Object.values(found.NetworkSettings.Networks).map(({ NetworkID }) => NetworkID),
				};
			} catch (error) {
				if (isStatus(error, 404)) {
					return undefined;
				}
				throw error;
			}
		});
	}

	async remove(kind: keyof EngineSnapshot, id: string): Promise<void> {
		await within({ doing: `remove ${kind} ${id}`, limitMs: REMOVE_LIMIT_MS }, () =>
			ignoreMissing(this.#remove(kind, id)),
		);
	}

	async #remove(kind: keyof EngineSnapshot, id: string): Promise<void> {
		switch (kind) {
			case 'containers':
				await this.#docker.getContainer(id).remove({ force: true, v: true });
				break;
			case 'images':
				await this.#docker.getImage(id).remove({ force: true });
				break;
			case 'volumes':
				await this.#docker.getVolume(id).remove();
				break;
			case 'networks':
				await this.#docker.getNetwork(id).remove();
		}
	}
}
