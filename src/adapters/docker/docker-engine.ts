import Docker from 'dockerode';
import { linkSignal } from '../../lib/link-signal.ts';
import type { Clock } from '../../ports/clock.ts';
import {
	EngineError,
	type ContainerInspection,
	type Engine,
	type EngineEvent,
	type ImageInspection,
	type ImageSummary,
	type NetworkInspection,
	type PullOptions,
	type VolumeInspection,
} from '../../ports/engine.ts';
import { ContainerCache } from './container-cache.ts';
import { isStatus, toEngineError } from './engine-errors.ts';
import { followEvents } from './follow-events.ts';
import { PullProgress, type PullEvent } from './pull-progress.ts';
import { readJsonLines } from './read-json-lines.ts';
import { StaleCache } from './stale-cache.ts';

export interface DockerEngineOptions {
	/** `unix:///var/run/docker.sock`, `tcp://host:2375` */
	readonly host: string;
	readonly clock: Clock;
	/** Limit for calls that only read, ms. */
	readonly readTimeoutMs: number;
}

const SUPERVISED = ['io.balena.supervised', 'io.resin.supervised'];
const IMAGE_CACHE_MAX = 256;

export class DockerEngine implements Engine {
	readonly #docker: Docker;
	readonly #clock: Clock;
	readonly #readTimeoutMs: number;
	readonly #containers: ContainerCache;
	readonly #networks: StaleCache<readonly NetworkInspection[]>;
	readonly #volumes: StaleCache<readonly VolumeInspection[]>;
	readonly #images: StaleCache<readonly ImageSummary[]>;
	/** By engine id: an image's content never changes. */
	readonly #imageConfigs = new Map<string, ImageInspection>();

	constructor(options: DockerEngineOptions) {
		this.#docker = new Docker(parseHost(options.host));
		this.#clock = options.clock;
		this.#readTimeoutMs = options.readTimeoutMs;
		this.#containers = new ContainerCache({
			list: () => this.#listContainerIds(),
			inspect: (id) => this.#inspectContainer(id),
		});
		this.#networks = new StaleCache(() => this.#listNetworks());
		this.#volumes = new StaleCache(() => this.#listVolumes());
		this.#images = new StaleCache(() => this.#listImages());
	}

	listContainers(): Promise<readonly ContainerInspection[]> {
		return this.#containers.list();
	}

	listNetworks(): Promise<readonly NetworkInspection[]> {
		return this.#networks.get();
	}

	listVolumes(): Promise<readonly VolumeInspection[]> {
		return this.#volumes.get();
	}

	listImages(): Promise<readonly ImageSummary[]> {
		return this.#images.get();
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
		if (this.#imageConfigs.size >= IMAGE_CACHE_MAX) {
			this.#imageConfigs.clear();
		}
		// Only what composing needs is kept: an inspection lists every layer.
		const kept: ImageInspection = { Id: inspection.Id, Config: { ...inspection.Config } };
		this.#imageConfigs.set(kept.Id, kept);
		return kept;
	}

	async createContainer({ name, body }: { readonly name: string; readonly body: object }): Promise<string> {
		return this.#change(`create container ${name}`, ['container'], async () => {
			const container = await this.#docker.createContainer({ ...body, name });
			return container.id;
		});
	}

	async startContainer(containerId: string): Promise<'done' | 'already'> {
		return this.#change(
			`start container ${containerId}`,
			['container'],
			async () => {
				try {
					await this.#docker.getContainer(containerId).start();
					return 'done';
				} catch (error) {
					if (isStatus(error, 304)) {
						return 'already';
					}
					throw error;
				}
			},
			containerId,
		);
	}

	async stopContainer(containerId: string): Promise<'done' | 'already' | 'gone'> {
		return this.#change(
			`stop container ${containerId}`,
			['container'],
			async () => {
				try {
					await this.#docker.getContainer(containerId).stop();
					return 'done';
				} catch (error) {
					if (isStatus(error, 304)) {
						return 'already';
					}
					if (isStatus(error, 404)) {
						return 'gone';
					}
					throw error;
				}
			},
			containerId,
		);
	}

	async removeContainer(containerId: string): Promise<void> {
		await this.#change(
			`remove container ${containerId}`,
			['container', 'volume'],
			async () => {
				try {
					await this.#docker.getContainer(containerId).remove({ v: true });
				} catch (error) {
					if (!isStatus(error, 404) && !isBeingRemoved(error)) {
						throw error;
					}
				}
			},
			containerId,
		);
	}

	async renameContainer(containerId: string, name: string): Promise<void> {
		await this.#change(
			`rename container ${containerId} to ${name}`,
			['container'],
			async () => {
				await this.#docker.getContainer(containerId).rename({ name });
			},
			containerId,
		);
	}

	async connectNetwork(options: {
		readonly network: string;
		readonly containerId: string;
		readonly endpoint: object;
	}): Promise<void> {
		const { network, containerId, endpoint } = options;
		await this.#change(
			`connect ${containerId} to network ${network}`,
			['container'],
			async () => {
				try {
					await this.#docker.getNetwork(network).connect({ Container: containerId, EndpointConfig: endpoint });
				} catch (error) {
					if (!isStatus(error, 403, 409) || !/already (exists|attached)|endpoint with name/.test(error.message)) {
						throw error;
					}
				}
			},
			containerId,
		);
	}

	async createNetwork(body: object): Promise<string> {
		return this.#change('create network', ['network'], async () => {
			// The body is the engine's own; its name is in it.
			const network = await this.#docker.createNetwork(body as Docker.NetworkCreateOptions);
			return network.id;
		});
	}

	async removeNetwork(networkId: string): Promise<void> {
		await this.#change(`remove network ${networkId}`, ['network'], async () => {
			await ignoreMissing(this.#docker.getNetwork(networkId).remove());
		});
	}

	async createVolume(body: object): Promise<void> {
		await this.#change('create volume', ['volume'], async () => {
			await this.#docker.createVolume(body);
		});
	}

	async removeVolume(name: string): Promise<void> {
		await this.#change(`remove volume ${name}`, ['volume'], async () => {
			await ignoreMissing(this.#docker.getVolume(name).remove());
		});
	}

	async pullImage(options: PullOptions): Promise<void> {
		try {
			await this.#change(`pull ${options.reference}`, ['image'], () => this.#pull(options));
		} catch (error) {
			options.signal.throwIfAborted(); // whatever broke, it broke because it was told to
			throw error;
		}
	}

	async #pull({ reference, auth, signal, progress }: PullOptions): Promise<void> {
		const stream = await this.#docker.createImage({
			fromImage: reference,
			abortSignal: signal,
			...(auth === undefined ? {} : { authconfig: auth }),
		});
		const state = new PullProgress();
		for await (const event of readJsonLines<PullEvent>(stream, signal)) {
			const failure = event.errorDetail?.message ?? event.error;
			if (failure !== undefined) {
				throw new EngineError('engine-failed', failure);
			}
			progress(state.next(event));
		}
	}

	async tagImage(image: string, repository: string, tag: string): Promise<void> {
		await this.#change(`tag ${image} as ${repository}:${tag}`, ['image'], async () => {
			await this.#docker.getImage(image).tag({ repo: repository, tag });
		});
	}

	async removeImage(reference: string, { force = false }: { readonly force?: boolean } = {}): Promise<void> {
		await this.#change(`remove image ${reference}`, ['image'], async () => {
			await ignoreMissing(this.#docker.getImage(reference).remove({ force }));
		});
	}

	async *events(signal: AbortSignal): AsyncIterable<EngineEvent> {
		const connect = (abortSignal: AbortSignal) => this.#docker.getEvents({ abortSignal });
		for await (const event of followEvents({ connect, clock: this.#clock, signal })) {
			this.#invalidate(event);
			yield event;
		}
	}

	#invalidate(event: EngineEvent): void {
		switch (event.type) {
			case 'connected': // whatever happened before was not seen
				this.#containers.invalidate();
				this.#networks.invalidate();
				this.#volumes.invalidate();
				this.#images.invalidate();
				return;
			case 'container':
				this.#containers.invalidate(event.id);
				return;
			case 'network':
				// Joining and leaving changes the container, not what we read of the network.
				if (event.action === 'connect' || event.action === 'disconnect') {
					this.#containers.invalidate(event.id);
				} else {
					this.#networks.invalidate();
				}
				return;
			case 'volume':
				this.#volumes.invalidate();
				return;
			case 'image':
				this.#images.invalidate();
		}
	}

	/** A call that changes something: what it may have changed is read again afterwards, also when it failed. */
	async #change<T>(
		doing: string,
		kinds: readonly ('container' | 'network' | 'volume' | 'image')[],
		call: () => Promise<T>,
		id = '',
	): Promise<T> {
		try {
			return await call();
		} catch (error) {
			throw toEngineError(error, doing);
		} finally {
			for (const type of kinds) {
				this.#invalidate({ type, action: 'ours', id });
			}
		}
	}

	async #read<T>(doing: string, call: (options: { abortSignal: AbortSignal }) => Promise<T>): Promise<T> {
		const timeout = linkSignal();
		const timer = setTimeout(() => {
			timeout.abort();
		}, this.#readTimeoutMs);
		try {
			return await call({ abortSignal: timeout.signal });
		} catch (error) {
			if (timeout.signal.aborted) {
				throw new EngineError('engine-unreachable', `the container engine did not answer in time to ${doing}`, {
					cause: error,
				});
			}
			throw toEngineError(error, doing);
		} finally {
			clearTimeout(timer);
		}
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

	async #listContainerIds(): Promise<readonly string[]> {
		const all = await this.#read('list containers', (o) => this.#docker.listContainers({ all: true, ...o }));
		return all.filter(({ Labels }) => SUPERVISED.some((label) => label in Labels)).map(({ Id }) => Id);
	}

	async #inspectContainer(id: string): Promise<ContainerInspection | undefined> {
		const inspection = await this.#readIfThere(`inspect container ${id}`, (o) =>
			this.#docker.getContainer(id).inspect(o),
		);
		// The engine's answer; the package's type is a looser description of the same object.
		return inspection as unknown as ContainerInspection | undefined;
	}

	async #listNetworks(): Promise<readonly NetworkInspection[]> {
		const networks = await this.#read('list networks', (o) => this.#docker.listNetworks(o));
		return networks as unknown as NetworkInspection[]; // as above: the engine's answer
	}

	async #listImages(): Promise<readonly ImageSummary[]> {
		const images = await this.#read('list images', (o) => this.#docker.listImages(o));
		return images.map(({ Id, RepoTags, RepoDigests }) => ({
			Id,
			RepoTags: RepoTags ?? null,
			RepoDigests: RepoDigests ?? null,
		}));
	}

	async #listVolumes(): Promise<readonly VolumeInspection[]> {
		// Null where there is none, which the package's type does not say.
		const answer: { Volumes: readonly VolumeInspection[] | null } = await this.#read('list volumes', (o) =>
			this.#docker.listVolumes(o),
		);
		return answer.Volumes ?? [];
	}
}

function parseHost(host: string): Docker.DockerOptions {
	const url = new URL(host);
	if (url.protocol === 'unix:') {
		return { socketPath: url.pathname };
	}
	return { protocol: url.protocol === 'https:' ? 'https' : 'http', host: url.hostname, port: url.port || '2375' };
}

async function ignoreMissing(call: Promise<unknown>): Promise<void> {
	try {
		await call;
	} catch (error) {
		if (!isStatus(error, 404)) {
			throw error; // not there: that is what was asked for
		}
	}
}

function isBeingRemoved(error: unknown): boolean {
	return isStatus(error, 409) && /removal of container .* is already in progress/.test(error.message);
}
