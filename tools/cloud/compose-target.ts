import type { CloudData, Device, Fleet, Release, ReleaseImage, Row, Variables } from './cloud-data.ts';

const POLL_INTERVAL = 'RESIN_SUPERVISOR_POLL_INTERVAL';
const HIDDEN_CONFIG = /^(?:(?:BALENA|RESIN)_UI|RESIN_HOST_LOG_TO_DISPLAY$)/;
const LABELS_FROM_CONFIG: readonly (readonly [label: string, config: string])[] = [
	['io.resin.update.strategy', 'RESIN_SUPERVISOR_UPDATE_STRATEGY'],
	['io.resin.update.handover-timeout', 'RESIN_SUPERVISOR_HANDOVER_TIMEOUT'],
];

/** A device, or what a fleet gives to any that will join it. */
type TargetDevice = Pick<
	Device,
	| 'uuid'
	| 'name'
	| 'fleetId'
	| 'pinnedReleaseId'
	| 'hostReleaseId'
	| 'supervisorReleaseId'
	| 'config'
	| 'environment'
	| 'serviceEnvironment'
>;

export interface TargetOptions {
	readonly minimumPollIntervalMs: number;
}

/** The answer of `GET /device/v3/<uuid>/state`. Members without content are absent, not empty, as in the real cloud. */
export function composeTarget(data: CloudData, device: TargetDevice, options: TargetOptions): Record<string, unknown> {
	const fleet = data.fleets.find((candidate) => candidate.id === device.fleetId);
	const config = composeConfig(fleet, device, options);
	const apps: Record<string, unknown> = {};
	// The real cloud lists the supervisor first, then the host app, then the fleet.
	for (const releaseId of [device.supervisorReleaseId, device.hostReleaseId]) {
		const release = data.releases.find((candidate) => candidate.id === releaseId);
		const app = data.fleets.find((candidate) => candidate.id === release?.fleetId);
		if (app !== undefined) {
			apps[app.uuid] = composeApp({ app, release, device, config, fleet });
		}
	}
	if (fleet !== undefined) {
		apps[fleet.uuid] = composeApp({ app: fleet, release: targetReleaseOf(data, device), device, config, fleet });
	}
	return { [device.uuid]: { name: device.name, apps, config } };
}

export function targetReleaseOf(data: CloudData, device: TargetDevice): Release | undefined {
	if (device.pinnedReleaseId !== null) {
		return data.releases.find((release) => release.id === device.pinnedReleaseId);
	}
	const fleet = data.fleets.find((candidate) => candidate.id === device.fleetId);
	return fleet === undefined ? undefined : fleetTargetRelease(data, fleet);
}

/** "Latest" is the newest by start, not the highest version; drafts and failed builds never count. */
export function fleetTargetRelease(data: CloudData, fleet: Fleet): Release | undefined {
	if (fleet.pinnedReleaseId !== null) {
		return data.releases.find((release) => release.id === fleet.pinnedReleaseId);
	}
	return data.releases.findLast(
		(release) => release.fleetId === fleet.id && release.status === 'success' && !release.draft && release.tracked,
	);
}

/** The reference that a target names and that a report must repeat. */
export function imageReference(image: ReleaseImage): string {
	const location = image.location.toLowerCase();
	return image.digest === null ? location : `${location}@${image.digest}`;
}

export function variablesOf(rows: readonly Row[]): Variables {
	return Object.fromEntries(rows.map((row) => [row.name, row.value]));
}

export function pollIntervalMsOf(config: Variables, options: TargetOptions): number {
	const wanted = Number.parseInt(config[POLL_INTERVAL] ?? '', 10);
	return Number.isNaN(wanted) ? options.minimumPollIntervalMs : Math.max(wanted, options.minimumPollIntervalMs);
}

export function composeConfig(fleet: Fleet | undefined, device: TargetDevice, options: TargetOptions): Variables {
	const all = { ...fleet?.config, ...variablesOf(device.config) };
	const visible = Object.fromEntries(Object.entries(all).filter(([name]) => !HIDDEN_CONFIG.test(name)));
	return { ...visible, [POLL_INTERVAL]: String(pollIntervalMsOf(all, options)) };
}

interface AppParts {
	readonly app: Fleet;
	readonly release: Release | undefined;
	readonly device: TargetDevice;
	readonly config: Variables;
	readonly fleet: Fleet | undefined;
}

function composeApp(parts: AppParts): Record<string, unknown> {
	const { app, release } = parts;
	return {
		id: app.id,
		name: app.name,
		is_host: app.kind === 'host',
		class: app.class,
		...(release === undefined ? {} : { releases: { [release.commit]: composeRelease(parts, release) } }),
	};
}

function composeRelease(parts: AppParts, release: Release): Record<string, unknown> {
	const services: Record<string, unknown> = {};
	for (const image of release.images) {
		if (isSent(parts, image)) {
			services[image.serviceName] = composeService(parts, release, image);
		}
	}
	const { networks, volumes } = release.composition;
	return {
		id: release.id,
		...(Object.keys(services).length === 0 ? {} : { services }),
		...(networks === undefined ? {} : { networks: likeStoredJson(networks) }),
		...(volumes === undefined ? {} : { volumes: likeStoredJson(volumes) }),
	};
}

function isSent({ app, fleet }: AppParts, image: ReleaseImage): boolean {
	const imageClass = { ...image.labels, ...app.serviceLabels[image.serviceName] }['io.balena.image.class'];
	return app.kind !== 'host' || imageClass !== 'overlay' || fleet?.hostExtensions === true;
}

function composeService(parts: AppParts, release: Release, image: ReleaseImage): Record<string, unknown> {
	const { app, device, config } = parts;
	const name = image.serviceName;
	const composition = serviceComposition(release, name);
	return {
		id: image.serviceId,
		image_id: image.imageId,
		image: imageReference(image),
		environment: {
			...image.environment,
			...app.environment,
			...app.serviceEnvironment[name],
			// Device variables reach the supervisor and the host app too; fleet variables do not.
			...variablesOf(device.environment),
			...(app.kind === 'fleet' ? device.serviceEnvironment[name] : {}),
		},
		labels: composeLabels(app, image, config),
		...(image.contract === null ? {} : { contract: image.contract }),
		...(composition === undefined ? {} : { composition }),
	};
}

function composeLabels(app: Fleet, image: ReleaseImage, config: Variables): Variables {
	const labels: Variables = {
		...(app.kind === 'host' ? { 'io.balena.image.store': 'root' } : {}),
		...image.labels,
		...app.serviceLabels[image.serviceName],
	};
	if (app.kind === 'fleet') {
		for (const [label, name] of LABELS_FROM_CONFIG) {
			const value = config[name];
			if (value !== undefined) {
				labels[label] ??= value;
			}
		}
	}
	return labels;
}

function serviceComposition(release: Release, serviceName: string): unknown {
	const { services } = release.composition;
	if (!isObject(services)) {
		return undefined;
	}
	const service = services[serviceName];
	if (service === undefined) {
		return undefined;
	}
	if (!isObject(service)) {
		return service;
	}
	return likeStoredJson(Object.fromEntries(Object.entries(service).filter(([key]) => key !== 'build')));
}

/** The real cloud keeps compositions in a binary JSON column, which sorts keys by length and then by bytes. */
function likeStoredJson(value: unknown): unknown {
	if (Array.isArray(value)) {
		return value.map(likeStoredJson);
	}
	if (!isObject(value)) {
		return value;
	}
	const keys = Object.keys(value).sort((a, b) => a.length - b.length || (a < b ? -1 : 1));
	return Object.fromEntries(keys.map((key) => [key, likeStoredJson(value[key])]));
}

function isObject(value: unknown): value is Record<string, unknown> {
	return typeof value === 'object' && value !== null && !Array.isArray(value);
}
