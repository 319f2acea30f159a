/** Facts about this device, for registration and reports (spec: cloud-api 2.2, 11.2). */
export interface DeviceFacts {
	/** Slug of `device-type.json`; `unknown` without one. */
	readonly deviceType: string;
	readonly supervisorVersion: string;
	readonly osVersion?: string;
	readonly osVariant?: string;
	/** Space-joined. */
	readonly macAddress?: string;
	/** Space-joined. */
	readonly ipAddress?: string;
	/** The global key of the device API: the cloud uses it for its calls to the device. */
	readonly apiSecret?: string;
}

/** `null`: not collected. A missing member could not be read. */
export interface MetricFields {
	readonly cpu_usage?: number | null;
	readonly cpu_temp?: number | null;
	readonly cpu_id?: string | null;
	readonly memory_usage?: number | null;
	readonly memory_total?: number | null;
	readonly storage_usage?: number | null;
	readonly storage_total?: number | null;
	readonly storage_block_device?: string | null;
	readonly is_undervolted?: boolean;
}
