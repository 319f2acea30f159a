import type Docker from 'dockerode';
import {
	EngineError,
	type ContainerInspection,
	type EngineEvent,
	type ImageInspection,
	type ImageSummary,
	type NetworkInspection,
	type VolumeInspection,
} from '../../ports/engine.ts';
import { ContainerCache, type ListedContainer } from './container-cache.ts';
import { StaleCache } from '../../lib/stale-cache.ts';
import { within } from './within.ts';

const SUPERVISED = ['io.balena.supervised', 'io.resin.supervised'];
const IMAGES_MAX = 256;

/** Answers of the engine, cached until an event or a change of our own makes them stale. */
export class EngineCache {
	readonly containers: ContainerCache;
	readonly networks: StaleCache<readonly NetworkInspection[]>;
	readonly volumes: StaleCache<readonly VolumeInspection[]>;
	readonly images: StaleCache<readonly ImageSummary[]>;
	readonly #docker: Docker;
	readonly #limitMs: number;
	/** By engine id: an image's content never changes. */
	readonly #imageConfigs = new Map<string, ImageInspection>();

	constructor(docker: Docker, limitMs: number) {
		this.#docker = docker;
		this.#limitMs = limitMs;
		this.containers = new ContainerCache({
			list: () => this.#listContainers(),
			inspect: (listed) => this.#inspectContainer(listed),
		});
		this.networks = new StaleCache(() => this.#listNetworks());
		this.volumes = new StaleCache(() => this.#listVolumes());
		this.images = new StaleCache(() => this.#listImages());
	}

	invalidateAll(): void {
		this.containers.invalidate();
		this.networks.invalidate();
		this.volumes.invalidate();
		this.images.invalidate();
	}

	invalidate(event: EngineEvent): void {
		switch (event.type) {
			case 'connected': // events before this one were missed
				this.invalidateAll();
				return;
			case 'container':
				this.containers.invalidate(event.id);
				return;
			case 'network':
				// Connecting changes the container, not the cached part of the network.
				if (event.action === 'connect' || event.action === 'disconnect') {
					this.containers.invalidate(event.id);
				} else {
					this.networks.invalidate();
				}
				return;
			case 'volume':
				this.volumes.invalidate();
				return;
			case 'image':
				this.images.invalidate();
		}
	}

	async inspectImage(image: string): Promise<ImageInspection | undefined> {
		const known = this.#imageConfigs.get(image);
		if (known !== undefined) {
			return known;
		}
		const inspection = await this.#readIfThere(`inspect image ${image}`, () => this.#docker.getImage(image).inspect());
		if (inspection === undefined) {
			return undefined;
		}
		if (this.#imageConfigs.size >= IMAGES_MAX) {
			this.#imageConfigs.clear();
		}
		// Only the parts that composing needs are cached: an inspection lists every layer.
		const kept: ImageInspection = { Id: inspection.Id, Config: { ...inspection.Config } };
		this.#imageConfigs.set(kept.Id, kept);
		return kept;
	}

	async #listContainers(): Promise<readonly ListedContainer[]> {
		const all = await this.#readList('list containers', (o) => this.#docker.listContainers({ all: true, ...o }));
		return all
			.map(
				({ Id, Names, ImageID, Labels }: { Id: string; Names: string[]; ImageID: string; Labels: Labels | null }) => ({
					id: Id,
					name: Names[0] ?? '',
					image: ImageID,
					labels: Labels ?? {},
				}),
			)
			.filter(({ labels }) => SUPERVISED.some((label) => label in labels));
	}

	/** `undefined` if it no longer exists. One that the engine cannot inspect is returned as unreadable: others can be inspected. */
	async #inspectContainer(listed: ListedContainer): Promise<ContainerInspection | undefined> {
		const doing = `inspect container ${listed.id}`;
		try {
			const inspection = await this.#readIfThere(doing, (o) => this.#docker.getContainer(listed.id).inspect(o));
			// The answer of the engine; the type of the package describes the same object more loosely.
			return inspection as unknown as ContainerInspection | undefined;
		} catch (error) {
			if (!(error instanceof EngineError) || error.code !== 'engine-failed') {
				throw error;
			}
			return unreadable(listed, error.message);
		}
	}

	async #listNetworks(): Promise<readonly NetworkInspection[]> {
		const networks = await this.#readList('list networks', (o) => this.#docker.listNetworks(o));
		return networks as unknown as NetworkInspection[]; // as above: the answer of the engine
	}

	async #listImages(): Promise<readonly ImageSummary[]> {
		const images = await this.#readList('list images', (o) => this.#docker.listImages(o));
		return images.map(({ Id, RepoTags, RepoDigests, Size, VirtualSize }) => ({
			Id,
			RepoTags: RepoTags ?? null,
			RepoDigests: RepoDigests ?? null,
			Size,
			...(typeof VirtualSize === 'number' ? { VirtualSize } : {}), // newer engines do not have it
		}));
	}

	async #listVolumes(): Promise<readonly VolumeInspection[]> {
		// Null where there is none; the type of the package does not say so.
		const answer: { Volumes: readonly VolumeInspection[] | null } = await this.#read('list volumes', (o) =>
			this.#docker.listVolumes(o),
		);
		return answer.Volumes ?? [];
	}

	async #readList<T>(
		doing: string,
		call: (options: { abortSignal: AbortSignal }) => Promise<readonly T[]>,
	): Promise<readonly T[]> {
		const list: unknown = await this.#read(doing, call);
		if (!Array.isArray(list)) {
			throw new EngineError('engine-failed', `the container engine returned no list when asked to ${doing}`);
		}
		return list as readonly T[]; // just checked; its items are those of the engine
	}

	#read<T>(doing: string, call: (options: { abortSignal: AbortSignal }) => Promise<T>): Promise<T> {
		return within({ doing, limitMs: this.#limitMs }, call);
	}

	async #readIfThere<T>(
		doing: string,
		call: (options: { abortSignal: AbortSignal }) => Promise<T>,
	): Promise<T | undefined> {
		try {
			return await this.#read(doing, call);
		} catch (error) {
			if (error instanceof EngineError && error.code === 'engine-not-found') {
				return undefined;
			}
			throw error;
		}
	}
}

type Labels = Readonly<Record<string, string>>;

function unreadable({ id, name, image, labels }: ListedContainer, why: string): ContainerInspection {
	return {
		Unreadable: why,
		Id: id,
		Name: name,
		Created: '',
		Image: image,
		State: { Status: '', Running: false, ExitCode: 0, Error: '', StartedAt: '', FinishedAt: '' },
		Config: { Image: image, Labels: labels },
		HostConfig: {},
		NetworkSettings: { Networks: null },
	};
}
