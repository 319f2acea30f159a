import type { Clock } from '../../src/ports/clock.ts';
import {
	EngineError,
	type ContainerInspection,
	type Engine,
	type EngineErrorCode,
	type EngineEvent,
	type ImageInspection,
	type ImageSummary,
	type NetworkInspection,
	type PullOptions,
	type VolumeInspection,
} from '../../src/ports/engine.ts';
import {
	calm,
	type EngineFaults,
	type FakeContainer,
	type FakeImage,
	type FakeRegistry,
	type FakeVolume,
	findPortHolder,
	followListeners,
	inspectFake,
	isAdmitted,
	isRestarted,
	isSupervised,
	lastLines,
	makeContainer,
	makeNetwork,
	makeVolume,
	volumesOf,
	withoutReference,
	withoutRestarts,
	STATUSES,
} from './fake-engine-objects.ts';

/**
 * An engine in memory that answers like the real one where it matters to us; the contract suite runs on both. Counts
 * what it refused, and notes every change, for oracles.
 */
export class FakeEngine implements Engine {
	readonly containers = new Map<string, FakeContainer>();
	readonly networks = new Map<string, NetworkInspection>();
	readonly volumes = new Map<string, FakeVolume>();
	readonly images = new Map<string, FakeImage>();
	readonly registry: FakeRegistry = new Map();
	readonly refused: string[] = [];
	readonly changes: { readonly at: number; readonly call: string; readonly subject: string }[] = [];
	faults: EngineFaults = calm;
	readonly #clock: Clock;
	readonly #listeners = new Set<(event: EngineEvent) => void>();
	#serial = 0;

	constructor(clock: Clock) {
		this.#clock = clock;
	}

	refresh(): void {} // nothing is kept here

	listContainers(): Promise<readonly ContainerInspection[]> {
		return this.#call('list containers', '', false, () =>
			[...this.containers.values()].filter(isSupervised).map((container) => inspectFake(container)),
		);
	}

	listNetworks(): Promise<readonly NetworkInspection[]> {
		return this.#call('list networks', '', false, () => [...this.networks.values()]);
	}

	listVolumes(): Promise<readonly VolumeInspection[]> {
		return this.#call('list volumes', '', false, () => [...this.volumes.values()]);
	}

	listImages(): Promise<readonly ImageSummary[]> {
		return this.#call('list images', '', false, () =>
			[...this.images.values()].map((image) => ({
				Id: image.id,
				RepoTags: [...image.tags],
				RepoDigests: [...image.digests],
			})),
		);
	}

	inspectImage(reference: string): Promise<ImageInspection | undefined> {
		return this.#call('inspect image', reference, false, () => {
			const image = this.#findImage(reference);
			return image && { Id: image.id, Config: image.config };
		});
	}

	createContainer({ name, body }: { readonly name: string; readonly body: object }): Promise<string> {
		return this.#call('create container', name, true, () => {
			if ([...this.containers.values()].some((container) => container.name === name)) {
				this.#refuse('engine-conflict', `the container name ${name} is already in use`);
			}
			const fields = body as Readonly<Record<string, unknown>>;
			const image = this.#findImage(String(fields['Image']));
			if (image === undefined) {
				this.#refuse('engine-not-found', `no such image: ${String(fields['Image'])}`);
			}
			for (const volume of volumesOf(fields)) {
				this.#ensureVolume(volume); // the engine makes what is missing
			}
			const id = this.#newId();
			const container = makeContainer({ id, name, image: image.id, body: fields, at: this.#clock.wall() });
			this.containers.set(id, container);
			this.#emit({ type: 'container', action: 'create', id });
			return id;
		});
	}

	startContainer(containerId: string): Promise<'done' | 'already'> {
		return this.#call('start container', containerId, true, () => {
			const container = this.#container(containerId);
			if (container.status === 'running') {
				return 'already';
			}
			if (container.status === 'paused') {
				this.#refuse('engine-conflict', 'cannot start a paused container, try unpause instead');
			}
			const lost = [...container.networks.keys()].find((network) => !this.networks.has(network));
			if (lost !== undefined) {
				this.#refuse('engine-not-found', `network ${lost} not found`);
			}
			const other = findPortHolder(container, [...this.containers.values()]);
			if (other !== undefined) {
				this.#refuse('engine-failed', `port is already allocated by ${other.name}`);
			}
			container.status = 'running';
			container.startedAt = this.#clock.wall().toISOString();
			this.#emit({ type: 'container', action: 'start', id: containerId });
			return 'done';
		});
	}

	stopContainer(containerId: string): Promise<'done' | 'already' | 'gone'> {
		return this.#call('stop container', containerId, true, () => {
			const container = this.containers.get(containerId);
			if (container === undefined) {
				return 'gone';
			}
			if (container.status !== 'running' && container.status !== 'paused') {
				return 'already';
			}
			this.#end(container, 143);
			return 'done';
		});
	}

	removeContainer(containerId: string): Promise<void> {
		return this.#call('remove container', containerId, true, () => {
			const container = this.containers.get(containerId);
			if (container === undefined) {
				return;
			}
			if (container.status === 'running' || container.status === 'paused') {
				this.#refuse('engine-conflict', `cannot remove a running container ${containerId}`);
			}
			this.containers.delete(containerId);
			this.#emit({ type: 'container', action: 'destroy', id: containerId });
		});
	}

	renameContainer(containerId: string, name: string): Promise<void> {
		return this.#call('rename container', containerId, true, () => {
			const container = this.#container(containerId);
			if ([...this.containers.values()].some((other) => other.name === name && other !== container)) {
				this.#refuse('engine-conflict', `the container name ${name} is already in use`);
			}
			container.name = name;
			this.#emit({ type: 'container', action: 'rename', id: containerId });
		});
	}

	unpauseContainer(containerId: string): Promise<void> {
		return this.#call('unpause container', containerId, true, () => {
			const container = this.#container(containerId);
			if (container.status === 'paused') {
				container.status = 'running';
				this.#emit({ type: 'container', action: 'unpause', id: containerId });
			}
		});
	}

	disableRestart(containerId: string): Promise<void> {
		return this.#call('end restarts', containerId, true, () => {
			const container = this.#container(containerId);
			container.body = withoutRestarts(container.body);
			this.#emit({ type: 'container', action: 'update', id: containerId });
		});
	}

	logTail(containerId: string, lines: number): Promise<readonly string[]> {
		return this.#call('log tail', containerId, false, () => lastLines(this.containers.get(containerId), lines));
	}

	connectNetwork(options: Parameters<Engine['connectNetwork']>[0]): Promise<void> {
		return this.#call('connect network', options.containerId, true, () => {
			const container = this.#container(options.containerId);
			if (!this.networks.has(options.network)) {
				this.#refuse('engine-not-found', `network ${options.network} not found`);
			}
			container.networks.set(options.network, options.endpoint as Record<string, unknown>);
			this.#emit({ type: 'network', action: 'connect', id: options.containerId });
		});
	}

	createNetwork(body: object): Promise<string> {
		const fields = body as Readonly<Record<string, unknown>>;
		const name = String(fields['Name']);
		return this.#call('create network', name, true, () => {
			if (this.networks.has(name)) {
				this.#refuse('engine-conflict', `network with name ${name} already exists`);
			}
			const id = this.#newId();
			this.networks.set(name, makeNetwork(id, fields));
			this.#emit({ type: 'network', action: 'create', id });
			return id;
		});
	}

	removeNetwork(networkId: string): Promise<void> {
		return this.#call('remove network', networkId, true, () => {
			const network = [...this.networks.values()].find(({ Id }) => Id === networkId);
			if (network === undefined) {
				return;
			}
			const user = [...this.containers.values()].find((c) => c.status === 'running' && c.networks.has(network.Name));
			if (user !== undefined) {
				this.#refuse('engine-failed', `network ${network.Name} has active endpoints`);
			}
			this.networks.delete(network.Name);
			this.#emit({ type: 'network', action: 'destroy', id: networkId });
		});
	}

	createVolume(body: object): Promise<void> {
		const fields = body as Readonly<Record<string, unknown>>;
		const name = String(fields['Name']);
		return this.#call('create volume', name, true, () => {
			this.#ensureVolume(name, fields);
		});
	}

	removeVolume(name: string): Promise<void> {
		return this.#call('remove volume', name, true, () => {
			if ([...this.containers.values()].some((container) => volumesOf(container.body).includes(name))) {
				this.#refuse('engine-conflict', `volume ${name} is in use`);
			}
			if (this.volumes.delete(name)) {
				this.#emit({ type: 'volume', action: 'destroy', id: name });
			}
		});
	}

	async pullImage({ reference, auth, signal, progress }: PullOptions): Promise<void> {
		for (const percent of [0, 50]) {
			progress(percent);
			await this.#clock.sleep(this.faults.latencyMs('pull'), signal);
			signal.throwIfAborted();
		}
		await this.#call('pull image', reference, true, () => {
			signal.throwIfAborted();
			const found = this.registry.get(reference);
			if (found === undefined) {
				this.#refuse('engine-not-found', `manifest for ${reference} not found`);
			}
			if (!isAdmitted(found, auth)) this.#refuse('engine-unauthorized', `no pull access to ${reference}`);
			const image = this.images.get(found.id) ?? { id: found.id, tags: [], digests: [], config: found.config };
			const list = reference.includes('@') ? image.digests : image.tags;
			if (!list.includes(reference)) list.push(reference);
			this.images.set(found.id, image);
			this.#emit({ type: 'image', action: 'pull', id: reference });
		});
		progress(100);
	}

	tagImage(reference: string, repository: string, tag: string): Promise<void> {
		return this.#call('tag image', `${repository}:${tag}`, true, () => {
			const image = this.#findImage(reference);
			if (image === undefined) {
				this.#refuse('engine-not-found', `no such image: ${reference}`);
			}
			const name = `${repository}:${tag}`;
			for (const other of this.images.values()) {
				other.tags = other.tags.filter((known) => known !== name);
			}
			image.tags.push(name);
			this.#emit({ type: 'image', action: 'tag', id: image.id });
		});
	}

	removeImage(reference: string, options: { readonly force?: boolean } = {}): Promise<void> {
		return this.#call('remove image', reference, true, () => {
			const image = this.#findImage(reference);
			if (image === undefined) {
				return;
			}
			const { tags, digests } = withoutReference(image, reference);
			const isLast = tags.length + digests.length === 0 || image.id === reference;
			const used = [...this.containers.values()].some((container) => container.image === image.id);
			if (isLast && used && options.force !== true) {
				this.#refuse('engine-conflict', `image ${image.id} is being used by a container`);
			}
			image.tags = tags;
			image.digests = digests;
			if (isLast) {
				this.images.delete(image.id);
			}
			this.#emit({ type: 'image', action: 'untag', id: image.id });
		});
	}

	events(signal: AbortSignal): AsyncIterable<EngineEvent> {
		return followListeners(this.#listeners, signal);
	}

	/** The process inside ends: with a restart policy the engine starts it again at once. */
	exit(containerId: string, exitCode: number): void {
		const container = this.#container(containerId);
		this.#end(container, exitCode);
		if (isRestarted(container, exitCode)) {
			container.status = 'running';
			this.#emit({ type: 'container', action: 'start', id: containerId });
		}
	}

	pauseByHand(containerId: string): void {
		this.#container(containerId).status = 'paused';
		this.#emit({ type: 'container', action: 'pause', id: containerId });
	}

	stopByHand(containerId: string): void {
		this.#end(this.#container(containerId), 143);
	}

	async #call<T>(call: string, subject: string, isChange: boolean, effect: () => T): Promise<T> {
		await this.#clock.sleep(this.faults.latencyMs(call), new AbortController().signal);
		const failure = this.faults.failure(call);
		if (failure === 'before') {
			throw new EngineError('engine-failed', `injected failure before ${call} ${subject}`);
		}
		if (isChange) {
			this.changes.push({ at: this.#clock.now(), call, subject });
		}
		const result = effect();
		if (failure === 'after') {
			throw new EngineError('engine-unreachable', `injected failure after ${call} ${subject}`);
		}
		return result;
	}

	#refuse(code: EngineErrorCode, message: string): never {
		this.refused.push(message);
		throw new EngineError(code, message, { status: STATUSES[code] ?? 500 });
	}

	#emit(event: EngineEvent): void {
		if (this.faults.losesEvent()) {
			return;
		}
		const times = this.faults.repeatsEvent() ? 2 : 1;
		for (let n = 0; n < times; n++) {
			this.#listeners.forEach((listener) => {
				listener(event);
			});
		}
	}

	#end(container: FakeContainer, exitCode: number): void {
		container.status = 'exited';
		container.exitCode = exitCode;
		container.finishedAt = this.#clock.wall().toISOString();
		this.#emit({ type: 'container', action: 'die', id: container.id });
	}

	#ensureVolume(name: string, body: Readonly<Record<string, unknown>> = {}): void {
		if (this.volumes.has(name)) {
			return;
		}
		this.volumes.set(name, makeVolume(name, body, { instance: ++this.#serial }));
		this.#emit({ type: 'volume', action: 'create', id: name });
	}

	#container(id: string): FakeContainer {
		return this.containers.get(id) ?? this.#refuse('engine-not-found', `no such container: ${id}`);
	}

	#findImage(reference: string): FakeImage | undefined {
		return (
			this.images.get(reference) ??
			[...this.images.values()].find((image) => image.tags.includes(reference) || image.digests.includes(reference))
		);
	}

	#newId(): string {
		return (++this.#serial).toString(16).padStart(64, 'c');
	}
}
