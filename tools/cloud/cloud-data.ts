/**
 * The whole data of the stand-in cloud, as one JSON document: it survives a restart of the stand-in.
 * The interfaces are mutable on purpose: `CloudModel` owns the one document and changes it in place.
 */

export type Variables = Record<string, string>;
export type ServiceVariables = Record<string, Variables>;

/** Host apps and supervisors are fleets too; they reach a device beside the fleet that it belongs to. */
export type FleetKind = 'fleet' | 'host' | 'supervisor';
export type AppClass = 'fleet' | 'app' | 'block';

export interface Fleet {
	readonly id: number;
	readonly uuid: string;
	name: string;
	readonly kind: FleetKind;
	readonly class: AppClass;
	readonly deviceType: string;
	readonly arch: string;
	config: Variables;
	environment: Variables;
	serviceEnvironment: ServiceVariables;
	serviceLabels: ServiceVariables;
	/** Absent a pin, the fleet tracks its newest tracked, final, successful release. */
	pinnedReleaseId: number | null;
	/** Host app services of class `overlay` reach only the devices of fleets that ask for them. */
	hostExtensions: boolean;
}

interface Service {
	readonly id: number;
	readonly fleetId: number;
	readonly name: string;
}

export interface ReleaseImage {
	readonly imageId: number;
	readonly serviceId: number;
	readonly serviceName: string;
	readonly location: string;
	readonly digest: string | null;
	readonly environment: Variables;
	readonly labels: Variables;
	readonly contract: Record<string, unknown> | null;
}

export interface Release {
	readonly id: number;
	readonly fleetId: number;
	readonly commit: string;
	readonly version: string | null;
	readonly status: string;
	readonly draft: boolean;
	readonly tracked: boolean;
	readonly composition: Record<string, unknown>;
	readonly images: ReleaseImage[];
	readonly createdAt: string;
}

export interface Row {
	readonly id: number;
	readonly name: string;
	value: string;
	readonly createdAt: string;
	modifiedAt: string;
}

export interface ImageInstall {
	readonly id: number;
	readonly imageId: number;
	releaseId: number;
	status: string;
	downloadProgress: number | null;
	readonly installDate: string;
}

export interface ReportRecord {
	readonly at: string;
	readonly status: number | null;
	readonly body: unknown;
}

export interface LogLine {
	readonly createdAt: number;
	readonly timestamp: number;
	readonly message: string;
	readonly isSystem: boolean;
	readonly isStdErr: boolean;
	readonly serviceId?: number;
}

export interface Device {
	readonly id: number;
	readonly uuid: string;
	name: string;
	fleetId: number;
	readonly deviceType: string;
	readonly createdAt: string;
	deletedAt: string | null;
	pinnedReleaseId: number | null;
	hostReleaseId: number | null;
	supervisorReleaseId: number | null;
	config: Row[];
	environment: Row[];
	tags: Row[];
	serviceEnvironment: ServiceVariables;
	/** A body to serve unchanged instead of the composed target, to test bad targets. */
	targetOverride: { readonly body: unknown } | null;
	/** The reported fields as the cloud keeps them: cut, clamped and cleaned; `apps` as last reported. */
	state: Record<string, unknown>;
	runningReleaseId: number | null;
	updateStatus: string | null;
	installs: ImageInstall[];
	lastPollAt: number | null;
	lastReportAt: number | null;
	/** When metrics were last stored. Absent: never. */
	metricsAt?: number;
	pollCount: number;
	reportCount: number;
	reports: ReportRecord[];
	logs: LogLine[];
}

export type ApiKey =
	| { readonly kind: 'provisioning'; readonly key: string; readonly fleetId: number }
	| { readonly kind: 'device'; readonly key: string; readonly deviceId: number }
	| { readonly kind: 'user'; readonly key: string }
	| { readonly kind: 'session'; readonly key: string };

export interface CloudData {
	readonly version: 1;
	readonly lastIds: Record<string, number>;
	readonly fleets: Fleet[];
	readonly services: Service[];
	readonly releases: Release[];
	readonly devices: Device[];
	readonly keys: ApiKey[];
}

export function emptyCloudData(): CloudData {
	return { version: 1, lastIds: {}, fleets: [], services: [], releases: [], devices: [], keys: [] };
}
