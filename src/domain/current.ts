import type { PausedCrash } from './crash.ts';
import type { CurrentConfig } from './device-config.ts';
import type { Issue } from './issue.ts';
import type { Instant } from './plan.ts';
import type { EngineImage, KeptVolume, NetworkView, StoredImageRecord, VolumeView } from './engine-objects.ts';
import type { ContainerView } from './service.ts';

/** All that is known of one app on the device. */
export interface CurrentApp {
	readonly appId: number;
	readonly appUuid?: string;
	/** Release last reached completely (table `currentCommit`). */
	readonly commit?: string;
	readonly containers: readonly ContainerView[];
	readonly networks: readonly NetworkView[];
	readonly volumes: readonly VolumeView[];
}

/** What local mode leaves on the device until it has been left in order. */
export interface LocalModeTraces {
	/** A picture of the engine, from before. */
	readonly snapshot: boolean;
	/** Apps that a developer has set. */
	readonly apps: boolean;
}

/** A container that the engine could not start, since it was made or since the supervisor came up. */
export interface FailedStart {
	readonly failures: number;
	readonly error: string;
	/** Something of an earlier life is in its way, which only another container does not meet. */
	readonly hasRemains: boolean;
	/** Containers of the same name before it, with the same fate. */
	readonly predecessors: number;
}

/** What the engine and our own tables show of apps. */
export interface CurrentApps {
	readonly apps: readonly CurrentApp[];
	readonly images: readonly EngineImage[];
	/** Names of all volumes of the engine, ours or not. */
	readonly volumes: readonly string[];
	readonly imageRecords: readonly StoredImageRecord[];
	/** `supervisor0` is there with the address that services expect (spec: compose 6.5). */
	readonly supervisorNetworkReady: boolean;
	/** The volume `extra-firmware` is there and the operating system knows of it (spec: compose 7.4). */
	readonly extraFirmwareReady: boolean;
	/** Images that are skipped: their clean-up failed a while ago (spec: compose 8.10), or they may be in the making. */
	readonly excludedImages: ReadonlySet<string>;
	/** Containers that ended by themselves and were started again by us, with when they may be once more. */
	readonly crashes: ReadonlyMap<string, PausedCrash>;
	/** By container. */
	readonly failedStarts: ReadonlyMap<string, FailedStart>;
	/** Containers on their way out, with until when that is waited for. */
	readonly leaving: ReadonlyMap<string, Instant>;
	/** Containers that have ended with code 0 once, also if they were started again. */
	readonly completed: ReadonlySet<string>;
	/** The engine may be going down: until then nothing that ended is started again. Absent: it answers steadily. */
	readonly unsteadyUntil?: Instant | undefined;
	/** Oldest first; only those that the engine still has. */
	readonly keptVolumes: readonly KeptVolume[];
	/** Update locks that are ours, by app (spec: planner 9): the services of which both files are. */
	readonly locks: ReadonlyMap<number, ReadonlySet<string>>;
	/** Objects that carry our label but cannot be read: their app stays unchanged (spec: compose C10). */
	readonly unreadable: readonly { readonly appId?: number; readonly issue: Issue }[];
}

/** What the operating system shows. */
export interface CurrentHost {
	readonly reboot: 'none' | 'done' | 'required';
	/** ISO 8601, UTC. */
	readonly bootedAt: string;
	/** The system was asked to reboot or to power off: no step is started. */
	readonly shuttingDown: boolean;
	/** The request whose change of the host's name or proxy was carried out last. */
	readonly lastChange?: string | undefined;
}

/** The whole device, read completely for every pass. */
export interface CurrentState extends CurrentApps {
	readonly localMode: LocalModeTraces;
	/** There is data to be restored from before this system. */
	readonly hasMigrationBackup?: boolean;
	readonly host: CurrentHost & CurrentConfig;
}
