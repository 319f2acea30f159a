import { OperationalError, type Retry } from './operational-error.ts';

/**
 * A Docker-compatible engine (API 1.41 and later). Bodies and inspections keep the engine's own field names; only the
 * parts that we read are typed. Mutations are idempotent as noted. All calls reject with `EngineError`.
 *
 * A call that takes a signal rejects with the signal's reason as soon as it aborts, also while the engine does not answer.
 * An aborted pull ends in the engine, too. An aborted read may go on there: other callers may wait for the same answer. A
 * call that takes no signal ends by a time limit of its own.
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
	 * Resolves if the engine answers over a new connection, in time. One that goes down serves those that it has, and one
	 * that is not there may have its socket held open by the system.
	 */
	ping(): Promise<void>;

	/** Resolves to the new id. Code `conflict` if the name is taken. */
	createContainer(options: { readonly name: string; readonly body: object }): Promise<string>;
	/** `already`: it was running. Code `remains` if something of an earlier life of the container is in its way. */
	startContainer(containerId: string): Promise<'done' | 'already'>;
	/** Waits until it has stopped, by the container's own grace period. Not running and not found are success. */
	stopContainer(containerId: string): Promise<'done' | 'already' | 'gone'>;
	/** Its volumes stay, anonymous ones too. Not found and already being removed are success. */
	removeContainer(containerId: string, options?: { readonly force?: boolean }): Promise<void>;
	/** Stops it, by its own grace period, and starts it: in one call, so that it does not stay stopped. */
	restartContainer(containerId: string): Promise<void>;
	renameContainer(containerId: string, name: string): Promise<void>;
	/** Not paused is success. */
	unpauseContainer(containerId: string): Promise<void>;
	/** The engine no longer restarts it when it ends. */
	disableRestart(containerId: string): Promise<void>;
	/** What the container wrote last, to both of its outputs. A container that is gone has written nothing. */
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

	/** Everything is read anew at the next asking. */
	refresh(): void;

	/**
	 * Follows the engine's events until the signal aborts, and reconnects by itself. Answers are kept only while it runs and
	 * is connected; without it every read asks the engine. Listeners are not needed for that.
	 */
	run(signal: AbortSignal): Promise<void>;

	/**
	 * Calls the listener with each event while `run` lasts, after the answers that the event makes stale were dropped; with
	 * `connected` after each connection, since earlier events may have been missed. Returns what takes the listener off.
	 */
	onEvent(listener: (event: EngineEvent) => void): () => void;
}

export interface PullOptions {
	readonly reference: string;
	readonly auth?: RegistryAuth;
	readonly signal: AbortSignal;
	readonly progress: (percent: number) => void;
}

/** What a registry is shown: a login for its token server, or a token that is already there. */
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
			/** Of a container that carries our labels: for people, not for decisions. */
			readonly service?: { readonly name: string; readonly image: string };
			/** Of `die`. */
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
	/** The engine refused the call itself; absent if it began and then failed, or could not be reached. */
	readonly status: number | undefined;

	constructor(
		code: EngineErrorCode,
		message: string,
		options: { readonly cause?: unknown; readonly retry?: Retry; readonly status?: number } = {},
	) {
		super(code, message, options);
		this.status = options.status;
	}
}

export interface ContainerInspection {
	/** Set where the engine lists the container and cannot inspect it: why. The rest is what the list says. */
	readonly Unreadable?: string;
	readonly Id: string;
	/** With a leading slash. */
	readonly Name: string;
	readonly Created: string;
	/** Engine id of the image. */
	readonly Image: string;
	/** By the engine's own policy, since it was last started from outside. */
	readonly RestartCount?: number;
	readonly State: {
		readonly Status: string;
		readonly Running: boolean;
		readonly ExitCode: number;
		readonly Error: string;
		readonly StartedAt: string;
		readonly FinishedAt: string;
		readonly Health?: { readonly Status: string };
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
	/** Bytes: of its own, and with what it builds on. */
	readonly Size?: number;
	readonly VirtualSize?: number;
}

export interface ImageInspection {
	readonly Id: string;
	readonly Config: Readonly<Record<string, unknown>> | null;
}
