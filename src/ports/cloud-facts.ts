import type { DeviceStatus } from '../domain/status.ts';

/** What this device is, for registration and reports (spec: cloud-api 2.2, 11.2). */
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
	/** The global key of the device API: the cloud calls back with it. */
	readonly apiSecret?: string;
}

/** Read anew for each report and each attempt to register. */
export type ReadDeviceFacts = () => Promise<DeviceFacts>;

/** The published status of the device. */
export interface StatusSource {
	latest(): DeviceStatus | undefined;
	/** Returns the way to stop listening. */
	onChange(listener: (status: DeviceStatus) => void): () => void;
}

/** `null`: not collected. A member that is missing could not be found out. */
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

export interface MetricsCollector {
	/** Never rejects: what cannot be read is left out. Without `hardware` only what is always reported. */
	collect(options: { readonly hardware: boolean }): Promise<MetricFields>;
}
