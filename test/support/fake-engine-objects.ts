import type {
	ContainerInspection,
	EngineErrorCode,
	EngineEvent,
	NetworkInspection,
	RegistryAuth,
	VolumeInspection,
} from '../../src/ports/engine.ts';

export interface FakeContainer {
	readonly id: string;
	name: string;
	readonly created: string;
	readonly image: string;
	body: Readonly<Record<string, unknown>>;
	readonly networks: Map<string, Record<string, unknown>>;
	status: 'created' | 'running' | 'paused' | 'exited';
	exitCode: number;
	/** By its policy, since it was started last. */
	restarts: number;
	startedAt: string;
	finishedAt: string;
	/** Lines that it wrote. */
	output: readonly string[];
	/** Volumes without a name of its own making, by path. */
	readonly anonymous: Map<string, string>;
	/** Of the container whose network it shares: its process at the time of the start. */
	joinedProcess?: string;
	/** Started while the engine went down: it cannot be started again. */
	hasRemains?: boolean;
}

export interface FakeImage {
	readonly id: string;
	tags: string[];
	digests: string[];
	readonly config: Readonly<Record<string, unknown>>;
}

export function inspectFake(container: FakeContainer): ContainerInspection {
	const { HostConfig, ...config } = container.body;
	return {
		Id: container.id,
		Name: `/${container.name}`,
		Created: container.created,
		Image: container.image,
		RestartCount: container.restarts,
		State: {
			Status: container.status,
			Running: container.status === 'running' || container.status === 'paused',
			ExitCode: container.exitCode,
			Error: '',
			StartedAt: container.startedAt,
			FinishedAt: container.finishedAt,
		},
		Config: {
			...config,
			Image: String(container.body['Image']),
			Labels: recordAt(container.body, 'Labels') as Record<string, string>,
		},
		HostConfig: (HostConfig as Record<string, unknown> | undefined) ?? {},
		Mounts: [...container.anonymous].map(([Destination, Name]) => ({ Type: 'volume', Name, Destination })),
		NetworkSettings: {
			Networks: Object.fromEntries(
				[...container.networks].map(([name, endpoint]) => [
					name,
					{
						...endpoint,
						Aliases: [...((endpoint['Aliases'] as string[] | undefined) ?? []), container.id.slice(0, 12)],
					},
				]),
			),
		},
	};
}

export function isSupervised(container: FakeContainer): boolean {
	const labels = recordAt(container.body, 'Labels');
	return 'io.balena.supervised' in labels || 'io.resin.supervised' in labels;
}

export function recordAt(value: Readonly<Record<string, unknown>>, key: string): Readonly<Record<string, unknown>> {
	const found = value[key];
	return typeof found === 'object' && found !== null ? (found as Record<string, unknown>) : {};
}

function repositoryOf(reference: string): string {
	return reference.replace(/@.*$|:[^:/]*$/, '');
}

export function textAt(value: Readonly<Record<string, unknown>>, key: string, otherwise: string): string {
	const found = value[key];
	return typeof found === 'string' ? found : otherwise;
}

/** Paths of anonymous volumes, and what a creation mounts there: a new one, or an existing one by name. */
export function anonymousPathsOf(body: Readonly<Record<string, unknown>>): ReadonlyMap<string, string | undefined> {
	const binds = ((recordAt(body, 'HostConfig')['Binds'] as string[] | undefined) ?? []).map((bind) => bind.split(':'));
	const paths = Object.keys(recordAt(body, 'Volumes'));
	return new Map(paths.map((path) => [path, binds.find(([, target]) => target === path)?.[0]]));
}

/** The container whose network it shares. */
export function joinedBy(body: Readonly<Record<string, unknown>>): string | undefined {
	const mode = textAt(recordAt(body, 'HostConfig'), 'NetworkMode', '');
	return mode.startsWith('container:') ? mode.slice('container:'.length) : undefined;
}

export function volumesOf(body: Readonly<Record<string, unknown>>): readonly string[] {
	const binds = (recordAt(body, 'HostConfig')['Binds'] as string[] | undefined) ?? [];
	return binds.map((bind) => bind.split(':')[0] ?? '').filter((source) => source !== '' && !source.startsWith('/'));
}

function hostPortsOf(body: Readonly<Record<string, unknown>>): readonly string[] {
	const bindings = recordAt(recordAt(body, 'HostConfig'), 'PortBindings');
	return Object.entries(bindings).flatMap(([port, list]) =>
		(list as { HostPort: string }[]).map(({ HostPort }) => `${port.split('/')[1] ?? 'tcp'}/${HostPort}`),
	);
}

/** The network as the engine shows it. */
export function makeNetwork(id: string, fields: Readonly<Record<string, unknown>>): NetworkInspection {
	const ipam = recordAt(fields, 'IPAM');
	const configs = (ipam['Config'] as Record<string, unknown>[] | undefined) ?? [];
	return {
		Id: id,
		Name: textAt(fields, 'Name', ''),
		Driver: textAt(fields, 'Driver', 'bridge'),
		EnableIPv6: Boolean(fields['EnableIPv6']),
		Internal: Boolean(fields['Internal']),
		ConfigOnly: Boolean(fields['ConfigOnly']),
		IPAM: {
			Driver: textAt(ipam, 'Driver', 'default'),
			Options: recordAt(ipam, 'Options') as Record<string, string>,
			// The engine picks a range where none is given.
			Config: configs.length === 0 ? [{ Subnet: '172.20.0.0/16', Gateway: '172.20.0.1' }] : configs,
		},
		Options: recordAt(fields, 'Options') as Record<string, string>,
		Labels: recordAt(fields, 'Labels') as Record<string, string>,
	};
}

/** The names that are left when one is taken away: with the last tag of a repository its digests go too. */
export function withoutReference(
	image: FakeImage,
	reference: string,
): { readonly tags: string[]; readonly digests: string[] } {
	const repository = repositoryOf(reference);
	const tags = image.tags.filter((tag) => tag !== reference);
	const isLastTag = !reference.includes('@') && !tags.some((tag) => repositoryOf(tag) === repository);
	const digests = image.digests.filter(
		(digest) => digest !== reference && !(isLastTag && repositoryOf(digest) === repository),
	);
	return { tags, digests };
}

/** The events of an engine in memory, in order, until the signal aborts. */
export async function* followEvents(
	listeners: Set<(event: EngineEvent) => void>,
	signal: AbortSignal,
): AsyncGenerator<EngineEvent> {
	const queue: EngineEvent[] = [{ type: 'connected' }];
	let notify: (() => void) | undefined;
	const listener = (event: EngineEvent) => {
		queue.push(event);
		notify?.();
	};
	const onAbort = () => notify?.();
	listeners.add(listener);
	signal.addEventListener('abort', onAbort);
	try {
		while (!signal.aborted) {
			const event = queue.shift();
			if (event !== undefined) {
				yield event;
				continue;
			}
			await new Promise<void>((resolve) => {
				notify = resolve;
			});
		}
	} finally {
		listeners.delete(listener);
		signal.removeEventListener('abort', onAbort);
	}
}

/** What may go wrong with one call: the dice of a simulation. Nothing by default. */
export interface EngineFaults {
	/** How long a call takes, ms. */
	latencyMs(call: string): number;
	/** Fail before the effect, after it, or not at all. */
	failure(call: string): 'before' | 'after' | undefined;
	losesEvent(): boolean;
	repeatsEvent(): boolean;
}

export const calm: EngineFaults = {
	latencyMs: () => 5,
	failure: () => undefined,
	losesEvent: () => false,
	repeatsEvent: () => false,
};

export function withoutRestarts(body: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
	return {
		...body,
		HostConfig: { ...recordAt(body, 'HostConfig'), RestartPolicy: { Name: 'no', MaximumRetryCount: 0 } },
	};
}

export function makeContainer(options: {
	readonly id: string;
	readonly name: string;
	readonly image: string;
	readonly body: Readonly<Record<string, unknown>>;
	readonly created: string;
	readonly anonymous: Map<string, string>;
}): FakeContainer {
	const endpoints = recordAt(recordAt(options.body, 'NetworkingConfig'), 'EndpointsConfig');
	return {
		...options,
		networks: new Map(Object.entries(endpoints) as [string, Record<string, unknown>][]),
		status: 'created',
		exitCode: 0,
		restarts: 0,
		startedAt: '0001-01-01T00:00:00Z',
		finishedAt: '0001-01-01T00:00:00Z',
		output: [],
	};
}

export interface FakeVolume extends VolumeInspection {
	/** Distinguishes two of the same name, for the oracle. */
	readonly instance: number;
}

export function makeVolume(
	name: string,
	body: Readonly<Record<string, unknown>>,
	{ instance }: { readonly instance: number },
): FakeVolume {
	return {
		Name: name,
		Driver: textAt(body, 'Driver', 'local'),
		Labels: (body['Labels'] as Record<string, string> | undefined) ?? null,
		Options: (body['DriverOpts'] as Record<string, string> | undefined) ?? null,
		instance,
	};
}

/** Another one that runs and has one of its ports. */
export function findPortHolder(container: FakeContainer, others: readonly FakeContainer[]): FakeContainer | undefined {
	const wanted = hostPortsOf(container.body);
	return others.find(
		(other) =>
			other !== container &&
			(other.status === 'running' || other.status === 'paused') &&
			hostPortsOf(other.body).some((port) => wanted.includes(port)),
	);
}

export function labelOf(container: FakeContainer, name: string): string {
	return textAt(recordAt(container.body, 'Labels'), name, '');
}

export function eventOf(container: FakeContainer, action: string) {
	const name = labelOf(container, 'io.balena.service-name');
	const service = { name, image: textAt(container.body, 'Image', '') };
	return { type: 'container', action, id: container.id, ...(name === '' ? {} : { service }) } as const;
}

/** By its policy, when its process has ended by itself. */
export function isRestarted(container: FakeContainer, exitCode: number): boolean {
	const { Name: policy, MaximumRetryCount: limit } = recordAt(recordAt(container.body, 'HostConfig'), 'RestartPolicy');
	const isWithin = typeof limit !== 'number' || limit === 0 || container.restarts < limit;
	return policy === 'always' || policy === 'unless-stopped' || (policy === 'on-failure' && exitCode !== 0 && isWithin);
}

export function lastLines(container: FakeContainer | undefined, lines: number): readonly string[] {
	return container?.output.slice(-lines) ?? [];
}

/** What a registry holds: reference → the engine's id of the image and its configuration. */
export type FakeRegistry = Map<
	string,
	{ readonly id: string; readonly config: Readonly<Record<string, unknown>>; readonly token?: string }
>;

/** A registry that requires tokens accepts nothing else. */
export function isAdmitted({ token }: { readonly token?: string }, auth: RegistryAuth | undefined): boolean {
	return token === undefined || (auth !== undefined && 'registrytoken' in auth && auth.registrytoken === token);
}

/** With which the real one refuses. */
export const STATUSES: Partial<Record<EngineErrorCode, number>> = {
	'engine-not-found': 404,
	'engine-conflict': 409,
	'engine-remains': 409,
	'engine-unauthorized': 401,
};
