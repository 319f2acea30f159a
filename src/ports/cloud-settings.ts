/** The settings that the cloud side uses (spec: cloud-api 2.1). */
export interface CloudSettings {
	/** Empty: the device has no cloud. */
	readonly apiEndpoint: string;
	/** Replaces the API endpoint for target poll, report and resource API only (spec: config 7). */
	readonly apiEndpointOverride?: string;
	readonly uuid?: string;
	readonly deviceApiKey?: string;
	/** Present until the device is provisioned, and after a join. */
	readonly provisioningKey?: string;
	readonly deviceId?: number;
	/** Wall time, ms. */
	readonly registeredAt?: number;
	readonly applicationId?: number;
	readonly requestTimeoutMs: number;
	readonly pollIntervalMs: number;
	readonly bootstrapRetryDelayMs: number;
	/** Whether the first poll happens at start. */
	readonly instantUpdates: boolean;
	readonly hardwareMetrics: boolean;
	readonly localMode: boolean;
	/** The real port, never the override. */
	readonly listenPort: number;
}

/** Missing members stay unchanged; `null` removes. */
export interface IdentityChange {
	readonly uuid?: string;
	readonly deviceApiKey?: string;
	readonly provisioningKey?: null;
	readonly deviceId?: number;
	readonly registeredAt?: number | null;
}

export interface CloudSettingsStore {
	/** Read again at every use, so that a change needs no restart. */
	read(): Promise<CloudSettings>;
	/** One atomic write that survives a power cut. Rejects with an `OperationalError`. */
	saveIdentity(change: IdentityChange): Promise<void>;
}

/** What the first report of a device holds (spec: cloud-api 4). */
export interface FirstReportStore extends Pick<CloudSettingsStore, 'read'> {
	readFirstReport(): Promise<{
		/** The preloaded release to which the device is pinned. */
		readonly pinned?: { readonly app: number; readonly commit: string };
		/** The settings were reported to this cloud. */
		readonly isReported: boolean;
		readonly initialName?: string;
	}>;
	/** Name without prefix → value: settings of the device that differ from the defaults and that the cloud does not set. */
	variablesToReport(cloudConfig: Readonly<Record<string, unknown>>): Promise<readonly (readonly [string, string])[]>;
	forgetPin(): Promise<void>;
	noteReported(apiEndpoint: string): Promise<void>;
}

/** Tags that services set, and those that the cloud has already (spec: cloud-api 12.2). */
export interface TagStore extends Pick<CloudSettingsStore, 'read'> {
	readTags(): Promise<{
		readonly target: Readonly<Record<string, string>>;
		readonly reported: Readonly<Record<string, string>>;
	}>;
	saveTargetTags(tags: Readonly<Record<string, string>>): Promise<void>;
	/** One write for both. */
	saveReportedTags(change: {
		readonly target: Readonly<Record<string, string>>;
		readonly reported: Readonly<Record<string, string>>;
	}): Promise<void>;
}
