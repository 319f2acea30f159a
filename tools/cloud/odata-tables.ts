import type { Device, Fleet, ImageInstall, Release, ReleaseImage, Row } from './cloud-data.ts';
import type { CloudModel } from './cloud-model.ts';
import { targetReleaseOf } from './compose-target.ts';

export type ModelVersion = 'v6' | 'v7';
type OdataRow = Readonly<Record<string, unknown>>;

/** `undefined`: a user, who sees everything. */
export type Viewer = Device | undefined;

export interface TableRow {
	readonly fields: OdataRow;
	/** What `$expand` can ask for. */
	readonly links: Readonly<Record<string, () => readonly TableRow[]>>;
}

export interface OdataTable {
	/** Known fields; asking for another one is a server error in the real cloud. */
	readonly fields: readonly string[];
	readonly rows: readonly TableRow[];
	/** What a filter can follow: the fields of what a field of the row refers to. */
	readonly relations?: Readonly<Record<string, readonly string[]>>;
}

export const DEVICE_FIELDS: readonly string[] = [
	'created_at',
	'modified_at',
	'id',
	'uuid',
	'device_name',
	'status',
	'is_online',
	'api_heartbeat_state',
	'os_version',
	'os_variant',
	'supervisor_version',
	'ip_address',
	'mac_address',
	'api_port',
	'api_secret',
	'provisioning_progress',
	'provisioning_state',
	'memory_usage',
	'memory_total',
	'storage_usage',
	'storage_total',
	'storage_block_device',
	'cpu_usage',
	'cpu_temp',
	'cpu_id',
	'is_undervolted',
	'belongs_to__application',
	'is_running__release',
	'should_be_running__release',
	'is_pinned_on__release',
];
const APPLICATION_FIELDS = ['id', 'app_name', 'slug', 'uuid', 'is_host', 'is_of__class', 'should_track_latest_release'];
const RELEASE_FIELDS = ['created_at', 'id', 'commit', 'status', 'is_final', 'belongs_to__application'];
const IMAGE_FIELDS = ['id', 'is_a_build_of__service', 'is_stored_at__image_location', 'content_hash'];
const INSTALL_FIELDS = [
	'id',
	'device',
	'installs__image',
	'is_provided_by__release',
	'status',
	'download_progress',
	'install_date',
];
const SERVICE_INSTALL_FIELDS = ['id', 'device', 'installs__service'];

const OF_DEVICE = { device: DEVICE_FIELDS };
const OF_FLEET = { belongs_to__application: APPLICATION_FIELDS };

/** The rows of a resource that the viewer may see; `undefined` for a resource that does not exist. */
export function readTable(
	model: CloudModel,
	resource: string,
	viewer: Viewer,
	version: ModelVersion,
): OdataTable | undefined {
	const devices = viewer === undefined ? model.data.devices.filter((device) => device.deletedAt === null) : [viewer];
	const deviceLink = (device: Device) => ({ device: () => [deviceRow(model, device, version)] });
	switch (resource) {
		case 'device':
			return {
				fields: DEVICE_FIELDS,
				rows: devices.map((device) => deviceRow(model, device, version)),
				relations: OF_FLEET,
			};
		case 'application':
			return { fields: APPLICATION_FIELDS, rows: visibleFleets(model, viewer).map(applicationRow) };
		case 'release': {
			const fleetIds = visibleFleets(model, viewer).map((fleet) => fleet.id);
			const releases = model.data.releases.filter((release) => fleetIds.includes(release.fleetId));
			return {
				fields: RELEASE_FIELDS,
				rows: releases.map((release) => releaseRow(model, release)),
				relations: OF_FLEET,
			};
		}
		case 'device_config_variable':
			return variableTable(devices, (device) => device.config, 'name', deviceLink);
		case 'device_environment_variable':
			return variableTable(devices, (device) => device.environment, 'name', deviceLink);
		case 'device_tag':
			return variableTable(devices, (device) => device.tags, 'tag_key', deviceLink);
		case 'image_install': {
			const rows = devices.flatMap((device) =>
				device.installs.map((install) => joinLinks(installRow(model, device, install), deviceLink(device))),
			);
			return { fields: INSTALL_FIELDS, rows, relations: OF_DEVICE };
		}
		case 'service_install': {
			const rows = devices.flatMap((device) =>
				serviceInstallRows(model, device).map((row) => joinLinks(row, deviceLink(device))),
			);
			return { fields: SERVICE_INSTALL_FIELDS, rows, relations: OF_DEVICE };
		}
		default:
			return undefined;
	}
}

export function variableFields(device: Device, row: Row, nameField: 'name' | 'tag_key'): OdataRow {
	const { id, name, value, createdAt, modifiedAt } = row;
	return { created_at: createdAt, modified_at: modifiedAt, device: link(device.id), [nameField]: name, id, value };
}

/** Its own fleet, and the public ones: host apps and supervisors. */
function visibleFleets(model: CloudModel, viewer: Viewer): readonly Fleet[] {
	return model.data.fleets.filter(
		(fleet) => viewer === undefined || fleet.id === viewer.fleetId || fleet.kind !== 'fleet',
	);
}

function variableTable(
	devices: readonly Device[],
	rowsOf: (device: Device) => readonly Row[],
	nameField: 'name' | 'tag_key',
	deviceLink: (device: Device) => TableRow['links'],
) {
	const rows = devices.flatMap((device) =>
		[...rowsOf(device)]
			.sort((a, b) => (a.name < b.name ? -1 : 1))
			.map((row): TableRow => ({ fields: variableFields(device, row, nameField), links: deviceLink(device) })),
	);
	return { fields: ['created_at', 'modified_at', 'device', nameField, 'id', 'value'], rows, relations: OF_DEVICE };
}

function joinLinks({ fields, links }: TableRow, more: TableRow['links']): TableRow {
	return { fields, links: { ...links, ...more } };
}

function deviceRow(model: CloudModel, device: Device, version: ModelVersion): TableRow {
	const heartbeat = model.heartbeatOf(device);
	const fleet = model.fleet(device.fleetId);
	const pinned = link(device.pinnedReleaseId);
	const running = model.data.releases.find((release) => release.id === device.runningReleaseId);
	const reported = Object.entries(device.state).filter(([name]) => DEVICE_FIELDS.includes(name));
	const unreported = DEVICE_FIELDS.map((name): [string, unknown] => [name, null]);
	const fields = {
		...Object.fromEntries(unreported),
		...Object.fromEntries(reported),
		created_at: device.createdAt,
		id: device.id,
		uuid: device.uuid,
		device_name: device.name,
		is_online: heartbeat === 'online',
		api_heartbeat_state: heartbeat,
		belongs_to__application: link(device.fleetId),
		is_running__release: link(device.runningReleaseId),
		is_pinned_on__release: pinned,
		// In the older model this was the name of the pin.
		should_be_running__release: version === 'v6' ? pinned : link(targetReleaseOf(model.data, device)?.id ?? null),
	};
	return {
		fields,
		links: {
			image_install: () => device.installs.map((install) => installRow(model, device, install)),
			is_running__release: () => (running === undefined ? [] : [releaseRow(model, running)]),
			belongs_to__application: () => (fleet === undefined ? [] : [applicationRow(fleet)]),
		},
	};
}

function applicationRow(fleet: Fleet): TableRow {
	return {
		fields: {
			id: fleet.id,
			app_name: fleet.name,
			slug: `${fleet.kind === 'fleet' ? 'admin' : 'balena_os'}/${fleet.name}`,
			uuid: fleet.uuid,
			is_host: fleet.kind === 'host',
			is_of__class: fleet.class,
			should_track_latest_release: fleet.pinnedReleaseId === null,
		},
		links: {},
	};
}

function releaseRow(model: CloudModel, release: Release): TableRow {
	const { id, commit, status, draft, createdAt } = release;
	const fleet = model.fleet(release.fleetId);
	return {
		fields: {
			...{ created_at: createdAt, id, commit, status, is_final: !draft },
			belongs_to__application: link(release.fleetId),
		},
		links: {
			belongs_to__application: () => (fleet === undefined ? [] : [applicationRow(fleet)]),
			contains__image: () =>
				release.images.map((image) => ({
					fields: { id: image.imageId, image: link(image.imageId), is_part_of__release: link(id) },
					links: { image: () => [imageRow(image)] },
				})),
		},
	};
}

function imageRow(image: ReleaseImage): TableRow {
	const values = [image.imageId, link(image.serviceId), image.location.toLowerCase(), image.digest];
	return { fields: Object.fromEntries(IMAGE_FIELDS.map((name, index) => [name, values[index]])), links: {} };
}

function installRow(model: CloudModel, device: Device, install: ImageInstall): TableRow {
	const release = model.data.releases.find((candidate) => candidate.id === install.releaseId);
	const image = release?.images.find((candidate) => candidate.imageId === install.imageId);
	return {
		fields: {
			id: install.id,
			device: link(device.id),
			installs__image: link(install.imageId),
			is_provided_by__release: link(install.releaseId),
			status: install.status,
			download_progress: install.downloadProgress,
			install_date: install.installDate,
		},
		links: { installs__image: () => (image === undefined ? [] : [imageRow(image)]) },
	};
}

/** The real cloud creates these for every service that was ever in a target of the device. */
function serviceInstallRows(model: CloudModel, device: Device): readonly TableRow[] {
	const fleetIds = [device.fleetId];
	for (const releaseId of [device.hostReleaseId, device.supervisorReleaseId]) {
		const release = model.data.releases.find((candidate) => candidate.id === releaseId);
		fleetIds.push(...(release === undefined ? [] : [release.fleetId]));
	}
	return model.data.services
		.filter((service) => fleetIds.includes(service.fleetId))
		.map((service, index) => {
			const variables = Object.entries(device.serviceEnvironment[service.name] ?? {});
			return {
				fields: { id: index + 1, device: link(device.id), installs__service: link(service.id) },
				links: {
					installs__service: () => [{ fields: { id: service.id, service_name: service.name }, links: {} }],
					device_service_environment_variable: () =>
						variables.map(([name, value]) => ({ fields: { name, value }, links: {} })),
				},
			};
		});
}

function link(id: number | null): { readonly __id: number } | null {
	return id === null ? null : { __id: id };
}
