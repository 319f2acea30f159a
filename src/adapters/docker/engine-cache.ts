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
import { isPlainObject } from '../../lib/is-plain-object.ts';
import { StaleCache } from '../../lib/stale-cache.ts';
import { ContainerCache } from './container-cache.ts';
import { decodeContainer, unreadable } from './decode-container.ts';
import { decodeImage, decodeImageInspection, decodeNetwork, decodeVolume } from './decode-lists.ts';
import { isSupervised, readListed, type ListedContainer } from './listed-container.ts';
import { requireList } from './read-answer.ts';
import { within } from './within.ts';

const IMAGES_MAX = 256;
/** The action in place of that of an event, for a change of our own. */
export const OWN_CHANGE = 'ours';

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
				this.#containerChanged(event);
				return;
			case 'network':
				// Connecting changes the container, not the cached part of the network.
				if (event.action === 'connect' || event.action === 'disconnect') {
					this.#containerChanged(event);
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

	/** An event that does not say which container has changed may mean any; a change of ours without an id means a new one. */
	#containerChanged({ id, action }: { readonly id: string; readonly action: string }): void {
		this.containers.invalidate(id === '' && action !== OWN_CHANGE ? undefined : id);
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
		const kept = decodeImageInspection(inspection, image);
		if (kept.Config === null) {
			return kept; // incomplete, perhaps only now
		}
		if (this.#imageConfigs.size >= IMAGES_MAX) {
			this.#imageConfigs.clear();
		}
		this.#imageConfigs.set(kept.Id, kept);
		return kept;
	}

	async #listContainers(): Promise<readonly ListedContainer[]> {
		const all = await this.#readList('list containers', (o) => this.#docker.listContainers({ all: true, ...o }));
		return all.map(readListed).filter((listed) => listed !== undefined);
	}

	/** `undefined` if it no longer exists. One that the engine cannot inspect is returned as unreadable: others can be inspected. */
	async #inspectContainer(listed: ListedContainer): Promise<ContainerInspection | undefined> {
		if (listed.id === '') {
			return unreadable(listed, 'the container engine lists a container without Id');
		}
		const doing = `inspect container ${listed.id}`;
		try {
			const inspection = await this.#readIfThere(doing, (o) => this.#docker.getContainer(listed.id).inspect(o));
			if (inspection === undefined) {
				return undefined;
			}
			const container = decodeContainer(inspection, listed);
			return isSupervised(container.Config.Labels ?? {}) ? container : undefined;
		} catch (error) {
			if (!(error instanceof EngineError) || error.code !== 'engine-failed') {
				throw error;
			}
			return unreadable(listed, error.message);
		}
	}

	async #listNetworks(): Promise<readonly NetworkInspection[]> {
		const networks = await this.#readList('list networks', (o) => this.#docker.listNetworks(o));
		return networks.map(decodeNetwork);
	}

	async #listImages(): Promise<readonly ImageSummary[]> {
		const images = await this.#readList('list images', (o) => this.#docker.listImages(o));
		return images.map(decodeImage).filter((image) => image !== undefined);
	}

	async #listVolumes(): Promise<readonly VolumeInspection[]> {
		const doing = 'list volumes';
		const answer: unknown = await this.#read(doing, (o) => this.#docker.listVolumes(o));
		// Null or absent where there is none.
		const volumes = (isPlainObject(answer) ? answer['Volumes'] : answer) ?? [];
		return requireList(volumes, doing)
			.map(decodeVolume)
			.filter((volume) => volume !== undefined);
	}

	async #readList(
		doing: string,
		call: (options: { abortSignal: AbortSignal }) => Promise<unknown>,
	): Promise<readonly unknown[]> {
		return requireList(await this.#read(doing, call), doing);
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
