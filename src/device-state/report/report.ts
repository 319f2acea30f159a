import type { MetricFields } from './device-facts.ts';

/** The state of a device in a report (spec: cloud-api 11.1). The names are those of the protocol. */
export interface DeviceReport extends MetricFields {
	readonly status: 'Idle';
	readonly os_version?: string;
	readonly os_variant?: string;
	readonly supervisor_version: string;
	readonly provisioning_progress: null;
	readonly provisioning_state: string;
	readonly logs_channel?: null;
	readonly ip_address?: string;
	readonly mac_address?: string;
	readonly api_port: number;
	readonly api_secret?: string;
	/** A complete list: missing apps count as deleted. If it is absent, the report is not about apps. */
	readonly apps?: Readonly<Record<string, AppReport>>;
}

export interface AppReport {
	/** The release that was reached completely last. */
	readonly release_uuid?: string;
	readonly releases: Readonly<Record<string, ReleaseReport>>;
}

export interface ReleaseReport {
	readonly update_status: UpdateStatus;
	readonly services?: Readonly<Record<string, ServiceReport>>;
}

export interface ServiceReport {
	readonly image: string;
	readonly status: string;
	readonly download_progress?: number;
}

/** In the order of precedence. `aborted`: of the host OS only. */
export type UpdateStatus = 'rejected' | 'aborted' | 'downloading' | 'downloaded' | 'applying changes' | 'done';

/** Reports by device uuid. */
export type StateReport = Readonly<Record<string, Readonly<Record<string, unknown>>>>;
