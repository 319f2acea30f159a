import type { HostUpdateMark, HostUpdateRecord } from '../domain/host-os.ts';
import type { HostRelease } from '../domain/host-release.ts';

/** What was tried, for each release of the host OS. Survives boots (spec: host-update 2.4). */
export interface HostUpdateStore {
	/** The same object until something changes. */
	list(): Promise<readonly HostUpdateRecord[]>;
	/**
	 * This is attempt number `attempt`. Called before the updater starts, so that a power cut counts too many and never too
	 * few.
	 */
	begin(release: HostRelease, attempt: number): Promise<void>;
	/** Why the last attempt for the release has failed. Without a record, nothing is stored. */
	fail(release: HostRelease, failure: string): Promise<void>;
	/** The device runs the release: its attempts end, and others are forgotten. */
	keepOnly(release: HostRelease): Promise<void>;
}

/** On the tmpfs of the host: a boot clears it (spec: host-update 2.2). */
export interface HostUpdateMarks {
	/** `undefined`: none since the last boot. */
	read(): Promise<HostUpdateMark | undefined>;
	/** Replaces the one before. */
	set(mark: HostUpdateMark): Promise<void>;
	/** None is success. */
	clear(): Promise<void>;
}

/** The folder on the host from which systemd runs the updater. */
export interface UpdaterFolder {
	/** Its path on the host. */
	readonly hostPath: string;
	/** Empties it, and unpacks the content of the one folder of the archive, with modes. */
	replace(archive: AsyncIterable<Uint8Array>, signal: AbortSignal): Promise<void>;
	/** Rejects with code `host-update-space` if the disk of the engine has too little space for an updater. */
	checkSpace(): Promise<void>;
}

/** Files of a container that need not run. */
export interface ContainerFiles {
	/** A folder as a tar archive. Rejects with `EngineError`. */
	readFolder(containerId: string, path: string, signal: AbortSignal): Promise<AsyncIterable<Uint8Array>>;
}
