/** Networks, volumes and images, in the target and on the engine (spec: compose 6 to 8). */

export interface NetworkConfig {
	readonly driver: string;
	readonly ipam: {
		readonly driver: string;
		readonly config: readonly {
			readonly subnet?: string;
			readonly gateway?: string;
			readonly ipRange?: string;
			readonly auxAddress?: Readonly<Record<string, string>>;
		}[];
		readonly options: Readonly<Record<string, string>>;
	};
	readonly enableIPv6: boolean;
	readonly internal: boolean;
	readonly labels: Readonly<Record<string, string>>;
	readonly options: Readonly<Record<string, string>>;
	readonly configOnly: boolean;
	/** Passed to the engine at creation, never compared: it has no effect on a network of a single host. */
	readonly attachable?: true;
}

export interface NetworkSpec {
	readonly appId: number;
	readonly appUuid: string;
	/** The compose key. */
	readonly networkName: string;
	/** `<app uuid>_<compose key>`. */
	readonly engineName: string;
	readonly config: NetworkConfig;
}

export interface NetworkView extends Omit<NetworkSpec, 'appUuid'> {
	readonly networkId: string;
	readonly appUuid?: string;
}

interface VolumeConfig {
	readonly driver: string;
	readonly driverOpts: Readonly<Record<string, string>>;
	readonly labels: Readonly<Record<string, string>>;
}

export interface VolumeSpec {
	readonly appId: number;
	readonly appUuid?: string;
	/** The compose key. */
	readonly volumeName: string;
	/** `<app id>_<compose key>`. */
	readonly engineName: string;
	readonly config: VolumeConfig;
}

/** `supervised`: carries our label. Volumes of old supervisors carry none and are still ours (spec: compose C9). */
export interface VolumeView extends VolumeSpec {
	readonly supervised: boolean;
}

/** An anonymous volume of a container that is gone, for the next one of its service (decision D23). */
export interface KeptVolume {
	/** Engine name. */
	readonly name: string;
	readonly appId: number;
	readonly serviceName: string;
	/** In the container; `NO_PATH` if no container may get it again. */
	readonly path: string;
}

/** Marks a volume of a container that never ran. */
export const NO_PATH = '';

export interface EngineImage {
	/** `sha256:…` */
	readonly id: string;
	/** `repo:tag` */
	readonly tags: readonly string[];
	/** `repo@sha256:…` */
	readonly digests: readonly string[];
	/** With the layers that other images share. */
	readonly sizeBytes?: number;
	/** A version 2 delta: its files are in another image (spec: cloud-api 14.3). */
	readonly isDeltaBaseOnly?: true;
}

/** The image has no name that a release could use. */
export function isNameless({ tags, digests }: EngineImage): boolean {
	return tags.length === 0 && digests.length === 0;
}

/** Which service of which release an image belongs to: a row of table `image` (spec: compose 8.3). */
export interface ImageRecord {
	/** Normalised reference. */
	readonly name: string;
	readonly appId: number;
	readonly appUuid?: string;
	readonly serviceId: number;
	readonly serviceName: string;
	readonly imageId: number;
	readonly releaseId: number;
	readonly commit?: string;
}

export interface StoredImageRecord extends ImageRecord {
	readonly id: number;
	/** Engine id; absent in rows of old versions. */
	readonly dockerImageId?: string;
}
