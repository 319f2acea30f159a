import { OperationalError } from './operational-error.ts';

/**
 * A Docker-compatible engine (API 1.41 and later). Bodies and inspections keep the engine's own field names; only the
 * parts that we read are typed. Mutations are idempotent as noted. All calls reject with `EngineError`.
 *
 * A call with a signal rejects with the signal's reason as soon as it aborts, also while the engine does not answer. An
 * aborted pull also ends in the engine; an aborted read may continue there, because other callers may wait for it. A call
 * without a signal has its own time limit.
 */
export interface Engine {
	/** All containers with the supervised label (either prefix), each inspected. */
	listContainers(signal?: AbortSignal): Promise<readonly ContainerInspection[]>;
	/** All networks; a list entry holds all that we read. */
	listNetworks(signal?: AbortSignal): Promise<readonly NetworkInspection[]>;
	listVolumes(signal?: AbortSignal): Promise<readonly VolumeInspection[]>;
	listImages(signal?: AbortSignal): Promise<readonly ImageSummary[]>;
	/** By id or reference; `undefined` if the engine does not have it. */
	inspectImage(image: string, signal?: AbortSignal): Promise<ImageInspection | undefined>;

	/**
	 * Resolves if the engine answers over a new connection, in time. An engine that shuts down still serves existing
	 * connections, and systemd may hold the socket of a stopped engine open.
	 */
	ping(): Promise<void>;

	/** Resolves to the new id. Code `conflict` if the name is taken. */
	createContainer(options: { readonly name: string; readonly body: object }): Promise<string>;
	/** `already`: it was running. Code `remains` if remains of an earlier run of the container prevent the start. */
	startContainer(containerId: string): Promise<'done' | 'already'>;
	/** Waits until it has stopped, within the container's own grace period. Not running and not found are success. */
	stopContainer(containerId: string): Promise<'done' | 'already' | 'gone'>;
	/** By id or name. Keeps its volumes, also anonymous ones. Not found and already being removed are success. */
	removeContainer(container: string, options?: { readonly force?: boolean }): Promise<void>;
	/** Stops it within its grace period and starts it: one call, so that it cannot stay stopped. */
	restartContainer(containerId: string): Promise<void>;
	renameContainer(containerId: string, name: string): Promise<void>;
	/** Not paused is success. */
	unpauseContainer(containerId: string): Promise<void>;
	/** The engine no longer restarts it when it ends. */
	disableRestart(containerId: string): Promise<void>;
	/** The last lines of stdout and stderr. Empty for a container that is gone. */
	logTail(containerId: string, lines: number): Promise<readonly string[]>;
	/** Already connected is success. */
	connectNetwork(options: {
		readonly network: string;
		readonly containerId: string;
		readonly endpoint: object;
	}): Promise<void>;
	createNetwork(body: object): Promise<string>;
	/** Not found is success. */
	removeNetwork(networkId: string): Promise<void>;
	createVolume(body: object): Promise<void>;
	/** Not found is success. */
	removeVolume(name: string): Promise<void>;
	/** Resolves when all layers are there. `progress` is 0 to 100 and never falls. */
	pullImage(options: PullOptions): Promise<void>;
	tagImage(image: string, repository: string, tag: string): Promise<void>;
	/** Removes one reference (`repo:tag`, `repo@digest`) or, by id, the image. Not found is success. */
	removeImage(reference: string, options?: { readonly force?: boolean }): Promise<void>;

	/** Drops the cache: the next call of each list asks the engine. */
	refresh(): void;

	/**
	 * Follows the engine's events until the signal aborts, and reconnects by itself. Answers are cached only while it runs
	 * and is connected, with or without listeners; otherwise every read asks the engine.
	 */
	run(signal: AbortSignal): Promise<void>;

	/**
	 * Calls the listener with each event while `run` lasts, after dropping the answers that the event makes stale; with
	 * `connected` after each connection, since events may have been missed. Returns a function that removes the listener.
	 */
	onEvent(listener: (event: EngineEvent) => void): () => void;
}

export interface PullOptions {
	readonly reference: string;
	readonly auth?: RegistryAuth;
	readonly signal: AbortSignal;
	readonly progress: (percent: number) => void;
}

/** Credentials for a registry: a login for its token server, or a token. */
export type RegistryAuth = RegistryLogin | { readonly registrytoken: string };

export interface RegistryLogin {
	readonly username: string;
	readonly password: string;
	readonly serveraddress: string;
}

export type EngineEvent =
	| { readonly type: 'connected' }
	| {
			readonly type: 'container' | 'network' | 'volume' | 'image';
			readonly action: string;
			readonly id: string;
			/** The service of a container with our labels, for the log only, not for decisions. */
			readonly service?: { readonly name: string; readonly image: string };
			/** Set for `die`. */
			readonly exitCode?: number;
	  };

export type EngineErrorCode =
	| 'engine-unreachable'
	| 'engine-not-found'
	| 'engine-conflict'
	| 'engine-remains'
	| 'engine-bad-request'
	| 'engine-unauthorized'
	| 'engine-failed';

export class EngineError extends OperationalError {
	declare readonly code: EngineErrorCode;
	/** The engine refused the call; absent if the call started and then failed, or the engine was unreachable. */
	readonly status: number | undefined;

	constructor(
		code: EngineErrorCode,
		message: string,
		options: { readonly cause?: unknown; readonly status?: number } = {},
	) {
		super(code, message, options);
		this.status = options.status;
	}
}

export interface ContainerInspection {
	/**
	 * Why the container cannot be judged: the engine lists it but cannot inspect it, or its answer is incomplete. The other
	 * members come from the list; each may be empty.
	 */
	readonly Unreadable?: string;
	readonly Id: string;
	/** With a leading slash. */
	readonly Name: string;
	readonly Created: string;
	/** Engine id of the image. */
	readonly Image: string;
	/** Restarts by the engine's own policy since the last start by a client. */
	readonly RestartCount?: number;
	readonly State: {
		readonly Status: string;
		readonly Running: boolean;
		readonly ExitCode: number;
		readonly Error: string;
		readonly StartedAt: string;
		readonly FinishedAt: string;
		readonly Health?: { readonly Status: string };
		/** Of its first process, as the host counts; absent: none runs. */
		readonly Pid?: number;
	};
	readonly Config: Readonly<Record<string, unknown>> & {
		readonly Image: string;
		readonly Labels: Readonly<Record<string, string>> | null;
	};
	readonly HostConfig: Readonly<Record<string, unknown>>;
	readonly Mounts?: readonly { readonly Type: string; readonly Name?: string; readonly Destination: string }[];
	readonly NetworkSettings: { readonly Networks: Readonly<Record<string, Readonly<Record<string, unknown>>>> | null };
}

export interface NetworkInspection {
	/** What the answer of the engine lacks: the network cannot be judged. Each of the other members may be empty. */
	readonly Unreadable?: string;
	readonly Id: string;
	readonly Name: string;
	readonly Driver: string;
	readonly EnableIPv6: boolean;
	readonly Internal: boolean;
	readonly ConfigOnly?: boolean;
	readonly IPAM: {
		readonly Driver?: string;
		readonly Options?: Readonly<Record<string, string>> | null;
		readonly Config?: readonly Readonly<Record<string, unknown>>[] | null;
	};
	readonly Options: Readonly<Record<string, string>> | null;
	readonly Labels: Readonly<Record<string, string>> | null;
}

export interface VolumeInspection {
	readonly Name: string;
	/** On the host. */
	readonly Mountpoint?: string;
	readonly Driver: string;
	readonly Labels: Readonly<Record<string, string>> | null;
	readonly Options: Readonly<Record<string, string>> | null;
}

export interface ImageSummary {
	readonly Id: string;
	readonly RepoTags: readonly string[] | null;
	readonly RepoDigests: readonly string[] | null;
	/** Bytes: its own layers, and with the layers of its base. */
	readonly Size?: number;
	readonly VirtualSize?: number;
}

export interface ImageInspection {
	readonly Id: string;
	readonly Config: Readonly<Record<string, unknown>> | null;
}
