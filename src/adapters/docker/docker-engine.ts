import Docker from 'dockerode';
import { linkSignal } from '../../lib/link-signal.ts';
import { Listeners } from '../../lib/listeners.ts';
import { orAborted } from '../../lib/until-aborted.ts';
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
import { callOptions } from './call-options.ts';
import { decodeLog } from './decode-log.ts';
import { EngineCache, OWN_CHANGE } from './engine-cache.ts';
import { findRemains, ignoreMissing, isStatus } from './engine-errors.ts';
import { followEvents } from './follow-events.ts';
import { parseHost } from './parse-host.ts';
import { ping } from './ping.ts';
import { PullProgress, readPullEvent } from './pull-progress.ts';
import { requireId } from './read-answer.ts';
import { readJsonLines } from './read-json-lines.ts';
import { Silence } from './silence.ts';
import { within } from './within.ts';

interface DockerEngineOptions {
	/** `unix:///var/run/docker.sock`, `tcp://host:2375` */
	readonly host: string;
	readonly clock: Clock;
	/** Limit for calls that only read, ms. */
	readonly readTimeoutMs: number;
}

/** A disk may be slow, and creating a container may copy the first content of a volume; but each call ends. */
const LOG_LIMIT_MS = 5000;
const CHANGE_LIMIT_MS = 10 * 60_000;
/** Added to the grace period of a container that is stopped. */
const STOP_MARGIN_MS = 60_000;
/** Even a busy engine answers this call at once; one that is down may never answer. */
const PING_LIMIT_MS = 2000;
const GRACE_S_DEFAULT = 10;
/** A pull without progress for this long will not end. */
const PULL_SILENCE_MS = 5 * 60_000;

export class DockerEngine implements Engine {
	readonly name = 'engine';
	readonly #docker: Docker;
	readonly #host: Docker.DockerOptions;
	readonly #clock: Clock;
	readonly #cache: EngineCache;
	readonly #listeners = new Listeners<[EngineEvent]>();
	/** Whether the event stream is connected, so that events show changes. */
	#isFollowed = false;
	#pulledBytes = 0;

	constructor(options: DockerEngineOptions) {
		this.#host = parseHost(options.host);
		this.#docker = new Docker(this.#host);
		this.#clock = options.clock;
		this.#cache = new EngineCache(this.#docker, options.readTimeoutMs);
	}

	refresh(): void {
		this.#cache.invalidateAll();
	}

	async listContainers(signal?: AbortSignal): Promise<readonly ContainerInspection[]> {
		signal?.throwIfAborted();
		return orAborted(this.#known(this.#cache.containers).list(), signal);
	}

	async listNetworks(signal?: AbortSignal): Promise<readonly NetworkInspection[]> {
		signal?.throwIfAborted();
		return orAborted(this.#known(this.#cache.networks).get(), signal);
	}

	async listVolumes(signal?: AbortSignal): Promise<readonly VolumeInspection[]> {
		signal?.throwIfAborted();
		return orAborted(this.#known(this.#cache.volumes).get(), signal);
	}

	async listImages(signal?: AbortSignal): Promise<readonly ImageSummary[]> {
		signal?.throwIfAborted();
		return orAborted(this.#known(this.#cache.images).get(), signal);
	}

	/** What was read earlier is valid only while the event stream is connected. */
	#known<T extends { invalidate(): void }>(cache: T): T {
		if (!this.#isFollowed) {
			cache.invalidate();
		}
		return cache;
	}

	async inspectImage(image: string, signal?: AbortSignal): Promise<ImageInspection | undefined> {
		signal?.throwIfAborted();
		return orAborted(this.#cache.inspectImage(image), signal);
	}

	async ping(): Promise<void> {
		await within({ doing: 'answer', limitMs: PING_LIMIT_MS }, ({ abortSignal }) => ping(this.#host, abortSignal));
	}

	async createContainer({ name, body }: { readonly name: string; readonly body: object }): Promise<string> {
		return this.#change({ doing: `create container ${name}`, touches: ['container', 'volume'] }, async () => {
			const container = await this.#docker.createContainer(callOptions({ query: { name }, body }));
			return requireId(container.id, `create container ${name}`);
		});
	}

	async startContainer(containerId: string): Promise<'done' | 'already'> {
		return this.#change(
			{ doing: `start container ${containerId}`, touches: ['container'], id: containerId },
			async () => {
				try {
					await this.#docker.getContainer(containerId).start();
					return 'done';
				} catch (error) {
					if (isStatus(error, 304)) {
						return 'already';
					}
					throw await this.#withoutRemains(error, containerId);
				}
			},
		);
	}

	async stopContainer(containerId: string): Promise<'done' | 'already' | 'gone'> {
		return this.#change(
			{
				doing: `stop container ${containerId}`,
				touches: ['container'],
				id: containerId,
				limitMs: await this.#stopLimitMs(containerId),
			},
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
		);
	}

	/** An endpoint that a container left on a network when its engine died blocks the next one of its name. */
	async #withoutRemains(error: unknown, containerId: string): Promise<unknown> {
		const remains = findRemains(error);
		if (remains?.network !== undefined) {
			const { network, endpoint } = remains;
			// Best effort: the next try shows whether it helped.
			await this.#docker
				.getNetwork(network)
				.disconnect({ Container: endpoint, Force: true })
				.catch(() => undefined);
		}
		return remains === undefined
			? error
			: new EngineError('engine-remains', `cannot start container ${containerId}: ${remains.message}`, {
					cause: error,
					status: remains.status,
				});
	}

	async restartContainer(containerId: string): Promise<void> {
		const limitMs = await this.#stopLimitMs(containerId);
		await this.#change(
			{ doing: `restart container ${containerId}`, touches: ['container'], id: containerId, limitMs },
			async () => {
				await this.#docker.getContainer(containerId).restart();
			},
		);
	}

	async removeContainer(containerId: string, { force = false }: { readonly force?: boolean } = {}): Promise<void> {
		await this.#change(
			{ doing: `remove container ${containerId}`, touches: ['container', 'volume'], id: containerId },
			async () => {
				try {
					await this.#docker.getContainer(containerId).remove({ force });
				} catch (error) {
					if (!isStatus(error, 404) && !isBeingRemoved(error)) {
						throw error;
					}
				}
			},
		);
	}

	async renameContainer(containerId: string, name: string): Promise<void> {
		await this.#change(
			{ doing: `rename container ${containerId} to ${name}`, touches: ['container'], id: containerId },
			async () => {
				await this.#docker.getContainer(containerId).rename(callOptions({ query: { name } }));
			},
		);
	}

	async unpauseContainer(containerId: string): Promise<void> {
		await this.#change(
			{ doing: `unpause container ${containerId}`, touches: ['container'], id: containerId },
			async () => {
				try {
					await this.#docker.getContainer(containerId).unpause();
				} catch (error) {
					if (!isStatus(error, 409, 500) || !/not paused/i.test(error.message)) {
						throw error;
					}
				}
			},
		);
	}

	async disableRestart(containerId: string): Promise<void> {
		await this.#change(
			{ doing: `end the restarts of container ${containerId}`, touches: ['container'], id: containerId },
			async () => {
				await this.#docker.getContainer(containerId).update({ RestartPolicy: { Name: 'no' } });
			},
		);
	}

	async logTail(containerId: string, lines: number): Promise<readonly string[]> {
		return within({ doing: `read the log of container ${containerId}`, limitMs: LOG_LIMIT_MS }, async () => {
			try {
				return decodeLog(
					await this.#docker.getContainer(containerId).logs({ stdout: true, stderr: true, tail: lines }),
				);
			} catch (error) {
				if (isStatus(error, 404)) {
					return [];
				}
				throw error;
			}
		});
	}

	async connectNetwork(options: {
		readonly network: string;
		readonly containerId: string;
		readonly endpoint: object;
	}): Promise<void> {
		const { network, containerId, endpoint } = options;
		await this.#change(
			{ doing: `connect ${containerId} to network ${network}`, touches: ['container'], id: containerId },
			async () => {
				try {
					await this.#docker.getNetwork(network).connect({ Container: containerId, EndpointConfig: endpoint });
				} catch (error) {
					if (!isStatus(error, 403, 409) || !/already (exists|attached)|endpoint with name/.test(error.message)) {
						throw error;
					}
				}
			},
		);
	}

	async createNetwork(body: object): Promise<string> {
		return this.#change({ doing: 'create network', touches: ['network'] }, async () => {
			const network = await this.#docker.createNetwork(callOptions({ body }));
			return requireId(network.id, 'create network');
		});
	}

	async removeNetwork(networkId: string): Promise<void> {
		await this.#change({ doing: `remove network ${networkId}`, touches: ['network'] }, async () => {
			await ignoreMissing(this.#docker.getNetwork(networkId).remove());
		});
	}

	async createVolume(body: object): Promise<void> {
		await this.#change({ doing: 'create volume', touches: ['volume'] }, async () => {
			await this.#docker.createVolume(callOptions({ body }));
		});
	}

	async removeVolume(name: string): Promise<void> {
		await this.#change({ doing: `remove volume ${name}`, touches: ['volume'] }, async () => {
			await ignoreMissing(this.#docker.getVolume(name).remove());
		});
	}

	async pullImage(options: PullOptions): Promise<void> {
		const { reference, signal } = options;
		const link = linkSignal(signal);
		const silence = new Silence(PULL_SILENCE_MS, () => {
			link.abort(new EngineError('engine-unreachable', `cannot pull ${reference}: the registry stopped sending data`));
		});
		try {
			await this.#change({ doing: `pull ${reference}`, touches: ['image'], limitMs: Infinity }, () =>
				this.#pull({ ...options, signal: link.signal }, silence),
			);
		} catch (error) {
			link.signal.throwIfAborted(); // the abort is the cause, not the error that follows
			throw error;
		} finally {
			silence.end();
			link.unlink();
		}
	}

	async #pull({ reference, auth, signal, progress }: PullOptions, silence: Silence): Promise<void> {
		const request = this.#docker.createImage({
			...callOptions({ query: { fromImage: reference } }),
			abortSignal: signal,
			...(auth === undefined ? {} : { authconfig: auth }),
		});
		const stream = await orAborted(request, signal);
		const state = new PullProgress();
		for await (const line of readJsonLines(stream, signal)) {
			silence.interrupt();
			const event = readPullEvent(line);
			if (event.error !== undefined) {
				throw new EngineError('engine-failed', event.error);
			}
			const before = state.bytes;
			progress(state.next(event));
			this.#pulledBytes += state.bytes - before;
		}
		signal.throwIfAborted(); // then the stream ends without an error, and the image was not fetched
	}

	/** Bytes of layers downloaded by pulls since the process started. */
	get pulledBytes(): number {
		return this.#pulledBytes;
	}

	async tagImage(image: string, repository: string, tag: string): Promise<void> {
		await this.#change({ doing: `tag ${image} as ${repository}:${tag}`, touches: ['image'] }, async () => {
			await this.#docker.getImage(image).tag(callOptions({ query: { repo: repository, tag } }));
		});
	}

	async removeImage(reference: string, { force = false }: { readonly force?: boolean } = {}): Promise<void> {
		await this.#change({ doing: `remove image ${reference}`, touches: ['image'] }, async () => {
			await ignoreMissing(this.#docker.getImage(reference).remove({ force }));
		});
	}

	onEvent(listener: (event: EngineEvent) => void): () => void {
		return this.#listeners.add(listener);
	}

	async run(signal: AbortSignal): Promise<void> {
		const connect = (abortSignal: AbortSignal) => this.#docker.getEvents({ abortSignal });
		const onLost = () => {
			this.#isFollowed = false;
		};
		for await (const event of followEvents({ connect, onLost, clock: this.#clock, signal })) {
			this.#isFollowed = true;
			this.#cache.invalidate(event); // before the listeners, because these may read at once
			this.#listeners.notify(event);
		}
	}

	/** A call that changes an object: cached answers about it are read again afterwards, also after a failure. */
	async #change<T>(change: Change, call: () => Promise<T>): Promise<T> {
		try {
			return await within({ doing: change.doing, limitMs: change.limitMs ?? CHANGE_LIMIT_MS }, call);
		} finally {
			for (const type of change.touches) {
				this.#cache.invalidate({ type, action: OWN_CHANGE, id: change.id ?? '' });
			}
		}
	}

	/** The engine waits for the grace period of the container before it kills. */
	async #stopLimitMs(containerId: string): Promise<number> {
		const containers = await this.#cache.containers.list();
		const grace = containers.find(({ Id }) => Id === containerId)?.Config['StopTimeout'];
		return (typeof grace === 'number' ? grace : GRACE_S_DEFAULT) * 1000 + STOP_MARGIN_MS;
	}
}

interface Change {
	readonly doing: string;
	readonly touches: readonly ('container' | 'network' | 'volume' | 'image')[];
	/** The id of the container that changes. */
	readonly id?: string;
	readonly limitMs?: number;
}

function isBeingRemoved(error: unknown): boolean {
	return isStatus(error, 409) && /removal of container .* is already in progress/.test(error.message);
}
