import type { PausedCrash } from './crash.ts';
import type { CurrentConfig } from './device-config.ts';
import type { CurrentHostOs } from './host-os.ts';
import type { Issue } from './issue.ts';
import type { Instant } from './plan.ts';
import type { RebootsMade } from './reboot.ts';
import type { EngineImage, KeptVolume, NetworkView, StoredImageRecord, VolumeView } from './engine-objects.ts';
import type { ContainerView } from './service.ts';
import type { CurrentSupervisor } from './supervisor-update.ts';

/** The observed state of one app. */
export interface CurrentApp {
	readonly appId: number;
	readonly appUuid?: string;
	/** The last release that was fully applied (table `currentCommit`). */
	readonly commit?: string;
	readonly containers: readonly ContainerView[];
	readonly networks: readonly NetworkView[];
	readonly volumes: readonly VolumeView[];
}

/** Data of local mode that stays until leaving it is complete. */
export interface LocalModeTraces {
	/** The snapshot of the engine from before local mode exists. */
	readonly snapshot: boolean;
	/** Apps set through the local API exist. */
	readonly apps: boolean;
}

/** Failed starts of a container, counted since its creation or the start of the supervisor. */
export interface FailedStart {
	readonly failures: number;
	readonly error: string;
	/** Remains of an earlier run block this container; a new container is not affected. */
	readonly hasRemains: boolean;
	/** Earlier containers of the same name that failed to start too. */
	readonly predecessors: number;
}

/** The apps as the engine and our own tables show them. */
export interface CurrentApps {
	readonly apps: readonly CurrentApp[];
	readonly images: readonly EngineImage[];
	/** Names of all volumes of the engine, ours or not. */
	readonly volumes: readonly string[];
	readonly imageRecords: readonly StoredImageRecord[];
	/** `supervisor0` exists with the address that services expect (spec: compose 6.5). */
	readonly supervisorNetworkReady: boolean;
	/** The volume `extra-firmware` exists and the operating system uses it (spec: compose 7.4). */
	readonly extraFirmwareReady: boolean;
	/** Images that are skipped: their clean-up failed recently (spec: compose 8.10), or a build may need them. */
	readonly excludedImages: ReadonlySet<string>;
	/** Containers that ended by themselves and that we started again, with the time of the next start. */
	readonly crashes: ReadonlyMap<string, PausedCrash>;
	/** By container id. */
	readonly failedStarts: ReadonlyMap<string, FailedStart>;
	/** Containers that are being removed, with the time until which we wait for it. */
	readonly leaving: ReadonlyMap<string, Instant>;
	/** Containers that have exited with code 0 at least once. */
	readonly completed: ReadonlySet<string>;
	/** The engine may be shutting down: until this time no ended container is started. Absent: the engine is steady. */
	readonly unsteadyUntil?: Instant | undefined;
	/** Oldest first; only volumes that still exist. */
	readonly keptVolumes: readonly KeptVolume[];
	/** Update locks that we hold, by app (spec: planner 9): the services whose two lock files are ours. */
	readonly locks: ReadonlyMap<number, ReadonlySet<string>>;
	/** Objects with our label that cannot be read: their app stays unchanged (spec: compose C10). */
	readonly unreadable: readonly { readonly appId?: number; readonly issue: Issue }[];
}

/** The state of the operating system. */
export interface CurrentHost {
	readonly reboot: 'none' | 'done' | 'required';
	readonly reboots: RebootsMade;
	/** ISO 8601, UTC. */
	readonly bootedAt: string;
	/** The system was asked to reboot or to power off: no step is started. */
	readonly shuttingDown: boolean;
	/** The last request that changed hostname or proxy. */
	readonly lastChange?: string | undefined;
	/** Observed only where the target has a host app. */
	readonly os?: CurrentHostOs;
}

/** The whole device, read in full for each pass. */
export interface CurrentState extends CurrentApps {
	readonly localMode: LocalModeTraces;
	/** A backup of an earlier system waits to be restored. */
	readonly hasMigrationBackup?: boolean;
	readonly host: CurrentHost & CurrentConfig;
	/** Absent: nothing is to be done about it, or it cannot be updated here. */
	readonly supervisor?: CurrentSupervisor;
}
