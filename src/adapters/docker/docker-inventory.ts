import Docker from 'dockerode';
import { isPlainObject } from '../../lib/is-plain-object.ts';
import type { EngineInventory } from '../../ports/engine-inventory.ts';
import type { EngineSnapshot } from '../../ports/snapshot-store.ts';
import { ignoreMissing, isStatus } from './engine-errors.ts';
import { parseHost } from './parse-host.ts';
import { requireId, requireList } from './read-answer.ts';
import { within } from './within.ts';

interface DockerInventoryOptions {
	/** As for `DockerEngine`. */
	readonly host: string;
	/** Limit for calls that only read, ms. */
	readonly readTimeoutMs: number;
}

/** Types of mounts that are no volumes. */
const NAMELESS: readonly unknown[] = ['bind', 'tmpfs', 'image'];
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
			const [containers, images, volumes, networks]: readonly unknown[] = await Promise.all([
				this.#docker.listContainers({ all: true, abortSignal }),
				this.#docker.listImages({ abortSignal }),
				this.#docker.listVolumes({ abortSignal }),
				this.#docker.listNetworks({ abortSignal }),
			]);
			return {
				containers: membersOf(containers, 'Id', 'list containers'),
				images: membersOf(images, 'Id', 'list images'),
				volumes: membersOf(volumesIn(volumes), 'Name', 'list volumes'),
				networks: ownNetworks(networks),
			};
		});
	}

	partsOf(container: string): Promise<EngineSnapshot | undefined> {
		const doing = `inspect container ${container}`;
		return within({ doing, limitMs: this.#limitMs }, async ({ abortSignal }) => {
			try {
				return readParts(await this.#docker.getContainer(container).inspect({ abortSignal }), doing);
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

/** Complete or not at all: leaving local mode removes what is missing from a snapshot. */
function membersOf(list: unknown, name: string, doing: string): readonly string[] {
	return requireList(list, doing).map((row) => requireId(isPlainObject(row) ? row[name] : undefined, doing));
}

/** The engine answers null where there are none. */
function volumesIn(answer: unknown): unknown {
	const volumes = isPlainObject(answer) ? answer['Volumes'] : undefined;
	return volumes === null ? [] : volumes;
}

function ownNetworks(list: unknown): readonly string[] {
	const doing = 'list networks';
	const rows = requireList(list, doing);
	const names = membersOf(rows, 'Name', doing);
	return membersOf(
		rows.filter((_, index) => !PREDEFINED_NETWORKS.includes(names[index] ?? '')),
		'Id',
		doing,
	);
}

function readParts(answer: unknown, doing: string): EngineSnapshot {
	const { Id, Image, Mounts, NetworkSettings } = isPlainObject(answer) ? answer : {};
	const networks = isPlainObject(NetworkSettings) ? NetworkSettings['Networks'] : undefined;
	// A mount of another type (bind, tmpfs) has no name; one without a type may be a volume.
	const volumes = requireList(Mounts, doing).filter(
		(mount) => !isPlainObject(mount) || !NAMELESS.includes(mount['Type']),
	);
	return {
		containers: [requireId(Id, doing)],
		images: [requireId(Image, doing)],
		volumes: membersOf(volumes, 'Name', doing),
		networks: membersOf(isPlainObject(networks) ? Object.values(networks) : networks, 'NetworkID', doing),
	};
}
