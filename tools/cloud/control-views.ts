import type {
	AppClass,
	Device,
	Fleet,
	FleetKind,
	LogLine,
	Release,
	ReportRecord,
	ServiceVariables,
	Variables,
} from './cloud-data.ts';
import type { CloudModel, Heartbeat, LogStreamCounters } from './cloud-model.ts';
import { fleetTargetRelease, imageReference, targetReleaseOf, variablesOf } from './compose-target.ts';

/** What the control API shows. */

export interface FleetView {
	readonly id: number;
	readonly uuid: string;
	readonly name: string;
	readonly kind: FleetKind;
	readonly class: AppClass;
	readonly deviceType: string;
	readonly arch: string;
	readonly provisioningKey: string;
	readonly config: Variables;
	readonly environment: Variables;
	readonly serviceEnvironment: ServiceVariables;
	/** Pinned or latest. */
	readonly targetRelease: string | null;
	readonly isPinned: boolean;
	readonly releases: readonly ReleaseView[];
}

export interface ReleaseView {
	readonly id: number;
	readonly commit: string;
	readonly status: string;
	readonly draft: boolean;
	readonly services: Readonly<
		Record<string, { readonly id: number; readonly imageId: number; readonly image: string }>
	>;
}

interface InstallView {
	readonly service: string;
	readonly image: string;
	readonly release: string;
	readonly status: string;
	readonly downloadProgress: number | null;
}

export interface DeviceView {
	readonly id: number;
	readonly uuid: string;
	readonly name: string;
	readonly fleet: { readonly id: number; readonly uuid: string; readonly name: string };
	readonly deviceType: string;
	readonly isDeleted: boolean;
	readonly keyKnown: boolean;
	/** All that was reported, merged; `apps` as last reported. */
	readonly state: Readonly<Record<string, unknown>>;
	/** The release that the device reports. */
	readonly releaseUuid: string | null;
	/** The release of its target. */
	readonly targetRelease: string | null;
	readonly updateStatus: string | null;
	readonly installs: readonly InstallView[];
	readonly config: Variables;
	readonly environment: Variables;
	readonly serviceEnvironment: ServiceVariables;
	readonly tags: Variables;
	readonly lastPollAt: string | null;
	readonly lastReportAt: string | null;
	readonly pollCount: number;
	readonly reportCount: number;
	readonly online: boolean;
	readonly heartbeat: Heartbeat;
}

export type ReportView = ReportRecord;
export type LogLineView = LogLine;
export type LogStreamsView = Readonly<LogStreamCounters>;

export function fleetView({ data }: CloudModel, fleet: Fleet): FleetView {
	const { id, uuid, name, kind, deviceType, arch, config, environment, serviceEnvironment } = fleet;
	const key = data.keys.find((candidate) => candidate.kind === 'provisioning' && candidate.fleetId === id);
	return {
		...{ id, uuid, name, kind, class: fleet.class, deviceType, arch, config, environment, serviceEnvironment },
		provisioningKey: key?.key ?? '',
		targetRelease: fleetTargetRelease(data, fleet)?.commit ?? null,
		isPinned: fleet.pinnedReleaseId !== null,
		releases: data.releases.filter((release) => release.fleetId === id).map(releaseView),
	};
}

export function releaseView(release: Release): ReleaseView {
	const { id, commit, status, draft } = release;
	const services = release.images.map((image) => [
		image.serviceName,
		{ id: image.serviceId, imageId: image.imageId, image: imageReference(image) },
	]);
	return { id, commit, status, draft, services: Object.fromEntries(services) as ReleaseView['services'] };
}

export function deviceView(model: CloudModel, device: Device): DeviceView {
	const { data } = model;
	const fleet = data.fleets.find((candidate) => candidate.id === device.fleetId);
	const heartbeat = model.heartbeatOf(device);
	return {
		id: device.id,
		uuid: device.uuid,
		name: device.name,
		fleet: { id: device.fleetId, uuid: fleet?.uuid ?? '', name: fleet?.name ?? '' },
		deviceType: device.deviceType,
		isDeleted: device.deletedAt !== null,
		keyKnown: data.keys.some((key) => key.kind === 'device' && key.deviceId === device.id),
		state: device.state,
		releaseUuid: data.releases.find((release) => release.id === device.runningReleaseId)?.commit ?? null,
		targetRelease: targetReleaseOf(data, device)?.commit ?? null,
		updateStatus: device.updateStatus,
		installs: installViews(model, device),
		config: variablesOf(device.config),
		environment: variablesOf(device.environment),
		serviceEnvironment: device.serviceEnvironment,
		tags: variablesOf(device.tags),
		lastPollAt: isoTime(device.lastPollAt),
		lastReportAt: isoTime(device.lastReportAt),
		pollCount: device.pollCount,
		reportCount: device.reportCount,
		online: heartbeat === 'online',
		heartbeat,
	};
}

function installViews({ data }: CloudModel, device: Device): readonly InstallView[] {
	return device.installs.map((install) => {
		const release = data.releases.find((candidate) => candidate.id === install.releaseId);
		const image = release?.images.find((candidate) => candidate.imageId === install.imageId);
		return {
			service: image?.serviceName ?? '',
			image: image === undefined ? '' : imageReference(image),
			release: release?.commit ?? '',
			status: install.status,
			downloadProgress: install.downloadProgress,
		};
	});
}

function isoTime(timeMs: number | null): string | null {
	return timeMs === null ? null : new Date(timeMs).toISOString();
}
