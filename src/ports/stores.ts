import type { ImageRecord, KeptVolume, StoredImageRecord } from '../domain/engine-objects.ts';
import type { TargetDocument } from '../domain/target.ts';

/** The stored target: replaced in one transaction, read for the current source. */
export interface TargetStore {
	/** `undefined` until a target is stored. */
	read(): Promise<TargetDocument | undefined>;
	/** Atomic. `source` is the API endpoint of the target, or `local`. */
	replace(target: TargetDocument, source: string): Promise<void>;
	/** Calls the listener after each stored target. */
	onChange(listener: () => void): () => void;
}

/** Apps set through the local API. */
export interface LocalAppStore {
	hasLocalApps(): Promise<boolean>;
	removeLocalApps(): Promise<void>;
}

/** Table `image`: which service of which release an image belongs to. */
export interface ImageStore {
	list(): Promise<readonly StoredImageRecord[]>;
	/** Adds the row, or sets the engine id of an identical row. A row without an id precedes the pull. */
	save(record: ImageRecord, dockerImageId?: string): Promise<void>;
	remove(id: number): Promise<void>;
}

/** Table `anonymousVolume`: volumes of containers that are gone, for the next ones of their services (decision D23). */
export interface KeptVolumeStore {
	/** Oldest first. */
	list(): Promise<readonly KeptVolume[]>;
	/** Adds the volume as the newest, or replaces its row. */
	save(volumes: readonly KeptVolume[]): Promise<void>;
	forget(name: string): Promise<void>;
}

/** Table `currentCommit`: the release that each app reached last. */
export interface CommitStore {
	list(): Promise<ReadonlyMap<number, string>>;
	save(appId: number, commit: string): Promise<void>;
}

/** Scope of a device API key (spec: device-api 2.3). */
export type Scope = { readonly type: 'global' } | { readonly type: 'app'; readonly appId: number };

/** Table `apiSecret`: keys of the device API. */
export interface KeyStore {
	/** The scopes of a key; `undefined` for an unknown one. */
	scopesOf(key: string): Promise<readonly Scope[] | undefined>;
	/** The global key, created on first use. */
	globalKey(): Promise<string>;
	/**
	 * The key of a service, created on first use. `inUse`: the one that its container has, which becomes its key again
	 * where a rebuilt database has none (decision D13).
	 */
	serviceKey(appId: number, serviceName: string, inUse?: string): Promise<string>;
}
