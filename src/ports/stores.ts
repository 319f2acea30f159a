import type { ImageRecord, KeptVolume, StoredImageRecord } from '../domain/engine-objects.ts';
import type { TargetDocument } from '../domain/target.ts';

/** The target as it is kept: replaced in one transaction, read with the source that is in force. */
export interface TargetStore {
	/** `undefined` until a target was ever stored. */
	read(): Promise<TargetDocument | undefined>;
	/** All or nothing. `source` is the API endpoint the target came from, or `local`. */
	replace(target: TargetDocument, source: string): Promise<void>;
	/** Calls back after each stored target. */
	onChange(listener: () => void): () => void;
}

/** Apps that a developer has set on the device itself. */
export interface LocalAppStore {
	hasLocalApps(): Promise<boolean>;
	removeLocalApps(): Promise<void>;
}

/** Table `image`: which service of which release an image belongs to. */
export interface ImageStore {
	list(): Promise<readonly StoredImageRecord[]>;
	/** Adds the row, or fills in the engine's id of an identical one. Without an id the image is still to come. */
	save(record: ImageRecord, dockerImageId?: string): Promise<void>;
	remove(id: number): Promise<void>;
}

/** Table `anonymousVolume`: volumes of containers that are gone, for the next ones of their services (decision D23). */
export interface KeptVolumeStore {
	/** Oldest first. */
	list(): Promise<readonly KeptVolume[]>;
	/** As the newest; what is known of a volume already is replaced. */
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
	/** The global key, made on first need. */
	globalKey(): Promise<string>;
	/** The key of a service, made on first need. */
	serviceKey(appId: number, serviceName: string): Promise<string>;
}
