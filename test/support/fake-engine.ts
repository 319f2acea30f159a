import {
	EngineError,
	type ContainerInspection,
	type Engine,
	type NetworkInspection,
	type VolumeInspection,
} from '../../src/ports/engine.ts';
import { FakeEngineBase } from './fake-engine-base.ts';
import {
	anonymousPathsOf,
	eventOf,
	findPortHolder,
	inspectFake,
	isRestarted,
	isSupervised,
	joinedBy,
	lastLines,
	makeContainer,
	makeNetwork,
	makeVolume,
	volumesOf,
	withoutRestarts,
	type FakeContainer,
	type FakeVolume,
} from './fake-engine-objects.ts';

/**
 * An engine in memory that answers like the real one where it matters to us; the contract suite runs on both. Counts
 * what it refused, and notes every change, for oracles.
 */
export class FakeEngine extends FakeEngineBase implements Engine {
	readonly containers = new Map<string, FakeContainer>();
	readonly networks = new Map<string, NetworkInspection>();
	readonly volumes = new Map<string, FakeVolume>();
	/** When it began to go down; kept afterwards. */
	endingSince = -Infinity;

	refresh(): void {} // nothing is kept here

	listContainers(signal?: AbortSignal): Promise<readonly ContainerInspection[]> {
		const containers = () =>
			[...this.containers.values()].filter(isSupervised).map((container) => inspectFake(container));
		return this.read('list containers', '', containers, signal);
	}

	listNetworks(signal?: AbortSignal): Promise<readonly NetworkInspection[]> {
		return this.read('list networks', '', () => [...this.networks.values()], signal);
	}

	listVolumes(signal?: AbortSignal): Promise<readonly VolumeInspection[]> {
		return this.read('list volumes', '', () => [...this.volumes.values()], signal);
	}

	ping(): Promise<void> {
		return this.call('ping', '', false, () => {
			if (this.phase !== 'up') {
				throw new EngineError('engine-unreachable', 'no new connection');
			}
		});
	}

	createContainer({ name, body }: { readonly name: string; readonly body: object }): Promise<string> {
		return this.call('create container', name, true, () => {
			if ([...this.containers.values()].some((container) => container.name === name)) {
				this.refuse('engine-conflict', `the container name ${name} is already in use`);
			}
			const fields = body as Readonly<Record<string, unknown>>;
			const image = this.findImage(String(fields['Image']));
			if (image === undefined) {
				this.refuse('engine-not-found', `no such image: ${String(fields['Image'])}`);
			}
			for (const volume of volumesOf(fields)) {
				this.#ensureVolume(volume); // the engine makes what is missing
			}
			const id = this.newId();
			const anonymous = new Map(
				[...anonymousPathsOf(fields)].map(([path, volume]) => [path, volume ?? this.newId().replaceAll('c', 'a')]),
			);
			anonymous.forEach((volume) => {
				this.#ensureVolume(volume);
			});
			const container = makeContainer({ id, name, image: image.id, body: fields, created: this.stamp(), anonymous });
			this.containers.set(id, container);
			this.emit({ type: 'container', action: 'create', id });
			return id;
		});
	}

	startContainer(containerId: string): Promise<'done' | 'already'> {
		return this.call('start container', containerId, true, () => {
			const container = this.#container(containerId);
			if (container.status === 'running') {
				return 'already';
			}
			if (container.status === 'paused') {
				this.refuse('engine-conflict', 'cannot start a paused container, try unpause instead');
			}
			const lost = [...container.networks.keys()].find((network) => !this.networks.has(network));
			if (lost !== undefined) {
				this.refuse('engine-not-found', `network ${lost} not found`);
			}
			const other = findPortHolder(container, [...this.containers.values()]);
			if (other !== undefined) {
				this.refuse('engine-failed', `port is already allocated by ${other.name}`);
			}
			if (container.hasRemains === true) {
				this.refuse('engine-remains', `task ${containerId}: already exists`);
			}
			this.#begin(container);
			container.hasRemains = this.phase === 'ending';
			return 'done';
		});
	}

	restartContainer(containerId: string): Promise<void> {
		return this.call('restart container', containerId, true, () => {
			const container = this.#container(containerId);
			if (container.status === 'running' || container.status === 'paused') {
				this.#end(container, 143);
			}
			this.#begin(container);
		});
	}

	stopContainer(containerId: string): Promise<'done' | 'already' | 'gone'> {
		return this.call('stop container', containerId, true, () => {
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

	removeContainer(idOrName: string, { force = false }: { readonly force?: boolean } = {}): Promise<void> {
		return this.call('remove container', idOrName, true, () => {
			const container = [...this.containers.values()].find(({ id, name }) => id === idOrName || name === idOrName);
			if (container === undefined) {
				return;
			}
			if (!force && (container.status === 'running' || container.status === 'paused')) {
				this.refuse('engine-conflict', `cannot remove a running container ${idOrName}`);
			}
			this.containers.delete(container.id);
			this.emit(eventOf(container, 'destroy'));
		});
	}

	renameContainer(containerId: string, name: string): Promise<void> {
		return this.call('rename container', containerId, true, () => {
			const container = this.#container(containerId);
			if ([...this.containers.values()].some((other) => other.name === name && other !== container)) {
				this.refuse('engine-conflict', `the container name ${name} is already in use`);
			}
			container.name = name;
			this.emit({ type: 'container', action: 'rename', id: containerId });
		});
	}

	unpauseContainer(containerId: string): Promise<void> {
		return this.call('unpause container', containerId, true, () => {
			const container = this.#container(containerId);
			if (container.status === 'paused') {
				container.status = 'running';
				this.emit({ type: 'container', action: 'unpause', id: containerId });
			}
		});
	}

	disableRestart(containerId: string): Promise<void> {
		return this.call('end restarts', containerId, true, () => {
			const container = this.#container(containerId);
			container.body = withoutRestarts(container.body);
			this.emit({ type: 'container', action: 'update', id: containerId });
		});
	}

	logTail(containerId: string, lines: number): Promise<readonly string[]> {
		return this.call('log tail', containerId, false, () => lastLines(this.containers.get(containerId), lines));
	}

	connectNetwork(options: Parameters<Engine['connectNetwork']>[0]): Promise<void> {
		return this.call('connect network', options.containerId, true, () => {
			const container = this.#container(options.containerId);
			if (!this.networks.has(options.network)) {
				this.refuse('engine-not-found', `network ${options.network} not found`);
			}
			container.networks.set(options.network, options.endpoint as Record<string, unknown>);
			this.emit({ type: 'network', action: 'connect', id: options.containerId });
		});
	}

	createNetwork(body: object): Promise<string> {
		const fields = body as Readonly<Record<string, unknown>>;
		const name = String(fields['Name']);
		return this.call('create network', name, true, () => {
			if (this.networks.has(name)) {
				this.refuse('engine-conflict', `network with name ${name} already exists`);
			}
			const id = this.newId();
			this.networks.set(name, makeNetwork(id, fields));
			this.emit({ type: 'network', action: 'create', id });
			return id;
		});
	}

	removeNetwork(networkId: string): Promise<void> {
		return this.call('remove network', networkId, true, () => {
			const network = [...this.networks.values()].find(({ Id }) => Id === networkId);
			if (network === undefined) {
				return;
			}
			const user = [...this.containers.values()].find((c) => c.status === 'running' && c.networks.has(network.Name));
			if (user !== undefined) {
				this.refuse('engine-failed', `network ${network.Name} has active endpoints`);
			}
			this.networks.delete(network.Name);
			this.emit({ type: 'network', action: 'destroy', id: networkId });
		});
	}

	createVolume(body: object): Promise<void> {
		const fields = body as Readonly<Record<string, unknown>>;
		const name = String(fields['Name']);
		return this.call('create volume', name, true, () => {
			this.#ensureVolume(name, fields);
		});
	}

	removeVolume(name: string): Promise<void> {
		return this.call('remove volume', name, true, () => {
			const uses = ({ body, anonymous }: FakeContainer) =>
				volumesOf(body).includes(name) || [...anonymous.values()].includes(name);
			if ([...this.containers.values()].some(uses)) {
				this.refuse('engine-conflict', `volume ${name} is in use`);
			}
			if (this.volumes.delete(name)) {
				this.emit({ type: 'volume', action: 'destroy', id: name });
			}
		});
	}

	/** The process inside ends: with a restart policy the engine starts it again at once. */
	exit(containerId: string, exitCode: number): void {
		const container = this.#container(containerId);
		this.#end(container, exitCode);
		if (isRestarted(container, exitCode) && this.#canJoin(container)) {
			const restarts = container.restarts + 1;
			this.#begin(container);
			container.restarts = restarts;
		}
	}

	/** Shuts down: containers end first, while existing connections are still served. */
	async goDown(): Promise<void> {
		const runs = [...this.containers.values()].filter(({ status }) => status === 'running' || status === 'paused');
		this.phase = 'ending';
		this.endingSince = this.clock.now();
		for (const container of runs) {
			await this.clock.sleep(this.faults.latencyMs('end'), new AbortController().signal);
			if (this.containers.has(container.id)) {
				this.#end(container, 143);
			}
		}
		await this.clock.sleep(500, new AbortController().signal);
		this.phase = 'away';
		for (const container of this.containers.values()) {
			if (container.status === 'running' || container.status === 'paused') {
				container.status = 'exited'; // without an event
				container.exitCode = 137;
				container.finishedAt = this.stamp();
			}
		}
	}

	/** Starts what its restart policy says, owners of networks first. */
	comeBack(): void {
		this.phase = 'up';
		const ended = [...this.containers.values()].filter(
			({ status, startedAt }) => status === 'exited' && startedAt !== '',
		);
		const isRestartedNow = (container: FakeContainer) =>
			isRestarted(container, container.exitCode) && container.hasRemains !== true;
		for (const container of ended.filter(isRestartedNow)) {
			const isBlocked = findPortHolder(container, [...this.containers.values()]) !== undefined;
			if (!isBlocked && this.#canJoin(container)) {
				this.#begin(container);
			}
		}
		this.deliver({ type: 'connected' });
	}

	pauseByHand(containerId: string): void {
		this.#container(containerId).status = 'paused';
		this.emit({ type: 'container', action: 'pause', id: containerId });
	}

	stopByHand(containerId: string): void {
		this.#end(this.#container(containerId), 143);
	}

	protected override isImageUsed(id: string): boolean {
		return [...this.containers.values()].some(({ image }) => image === id);
	}

	#end(container: FakeContainer, exitCode: number): void {
		container.status = 'exited';
		container.exitCode = exitCode;
		container.finishedAt = this.stamp();
		this.emit({ ...eventOf(container, 'die'), exitCode });
	}

	#canJoin({ body }: FakeContainer): boolean {
		const owner = joinedBy(body);
		return owner === undefined || this.containers.get(owner)?.status === 'running';
	}

	/** What it shares a network with has to run, and it stays with the process that runs now. */
	#begin(container: FakeContainer): void {
		container.restarts = 0;
		const owner = joinedBy(container.body);
		if (owner !== undefined) {
			const { status, startedAt } = this.#container(owner);
			if (status !== 'running' && status !== 'paused') {
				this.refuse('engine-conflict', `cannot join network of a non running container: ${owner}`);
			}
			container.joinedProcess = startedAt;
		}
		container.status = 'running';
		container.startedAt = this.stamp();
		this.emit(eventOf(container, 'start'));
	}

	#ensureVolume(name: string, body: Readonly<Record<string, unknown>> = {}): void {
		if (this.volumes.has(name)) {
			return;
		}
		this.volumes.set(name, makeVolume(name, body, { instance: ++this.serial }));
		this.emit({ type: 'volume', action: 'create', id: name });
	}

	#container(id: string): FakeContainer {
		return this.containers.get(id) ?? this.refuse('engine-not-found', `no such container: ${id}`);
	}
}
