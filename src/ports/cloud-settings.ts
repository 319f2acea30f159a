/** What the cloud side reads from the settings (spec: cloud-api 2.1). */
export interface CloudSettings {
	/** Empty: the device has no cloud. */
	readonly apiEndpoint: string;
	/** Takes the target poll, the report and the resource API; nothing else (spec: config 7). */
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

/** What is missing stays as it is; `null` removes. */
export interface IdentityChange {
	readonly uuid?: string;
	readonly deviceApiKey?: string;
	readonly provisioningKey?: null;
	readonly deviceId?: number;
	readonly registeredAt?: number | null;
}

export interface CloudSettingsStore {
	/** Read anew at every use, so that a change needs no restart. */
	read(): Promise<CloudSettings>;
	/** All of it in one write that survives a power cut, or nothing. Rejects with an `OperationalError`. */
	saveIdentity(change: IdentityChange): Promise<void>;
}

/** What the cloud has to be told of a device once (spec: cloud-api 4). */
export interface FirstReportStore extends Pick<CloudSettingsStore, 'read'> {
	readFirstReport(): Promise<{
		/** The preloaded release that the device is to stay on. */
		readonly pinned?: { readonly app: number; readonly commit: string };
		/** This cloud has been told the settings. */
		readonly isReported: boolean;
		readonly initialName?: string;
	}>;
	/** Name without prefix → value: settings in which the device differs from the defaults, and the cloud says nothing. */
	variablesToReport(cloudConfig: Readonly<Record<string, unknown>>): Promise<readonly (readonly [string, string])[]>;
	forgetPin(): Promise<void>;
	noteReported(apiEndpoint: string): Promise<void>;
}

/** Tags that services set, and which of them the cloud has (spec: cloud-api 12.2). */
export interface TagStore extends Pick<CloudSettingsStore, 'read'> {
	readTags(): Promise<{
		readonly target: Readonly<Record<string, string>>;
		readonly reported: Readonly<Record<string, string>>;
	}>;
	saveTargetTags(tags: Readonly<Record<string, string>>): Promise<void>;
	/** Both in one write. */
	saveReportedTags(change: {
		readonly target: Readonly<Record<string, string>>;
		readonly reported: Readonly<Record<string, string>>;
	}): Promise<void>;
}
