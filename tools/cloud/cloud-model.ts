import { randomBytes, randomUUID } from 'node:crypto';

import type {
	ApiKey,
	AppClass,
	CloudData,
	Device,
	Fleet,
	FleetKind,
	Release,
	ReleaseImage,
	Row,
	ServiceVariables,
} from './cloud-data.ts';
import { composeConfig, fleetTargetRelease, pollIntervalMsOf } from './compose-target.ts';
import { DeltaServer } from './delta-server.ts';
import type { TokenSigner } from './sign-token.ts';

const HEARTBEAT_TIMEOUT_MS = 15_000;
const LOG_LINES_KEPT = 1000;
const GONE_LOG_STREAM_DELAY_MS = 55_000;

/** Device types that the stand-in knows without a fleet for them; the type of every fleet is known as well. */
const DEVICE_TYPES: readonly string[] = [
	'generic-amd64',
	'generic-aarch64',
	'qemux86-64',
	'intel-nuc',
	'raspberrypi3',
	'raspberrypi3-64',
	'raspberrypi4-64',
];

export type Heartbeat = 'unknown' | 'online' | 'timeout' | 'offline';

interface NewFleet {
	readonly name: string;
	readonly uuid?: string | undefined;
	readonly kind?: FleetKind | undefined;
	readonly class?: AppClass | undefined;
	readonly deviceType?: string | undefined;
	readonly arch?: string | undefined;
	readonly provisioningKey?: string | undefined;
}

interface NewRelease {
	readonly commit?: string | undefined;
	readonly version?: string | undefined;
	readonly status?: string | undefined;
	readonly draft?: boolean | undefined;
	readonly track?: boolean | undefined;
	readonly composition: Record<string, unknown>;
	readonly images: Readonly<Record<string, string>>;
	readonly imageLabels: ServiceVariables;
	readonly imageEnvironment: ServiceVariables;
	readonly contracts: Readonly<Record<string, Record<string, unknown>>>;
}

/** Log streams of one device since the start of the stand-in. */
export interface LogStreamCounters {
	/** Not refused at once. */
	opened: number;
	/** Cleanly, by the device. */
	ended: number;
	broken: number;
	lines: number;
}

interface CloudModelOptions {
	readonly data: CloudData;
	/** Log lines per device; the default is that of the real cloud. */
	readonly logLinesKept?: number | undefined;
	readonly minimumPollIntervalMs: number;
	/** How long a log stream of a device that is gone is held before it is refused. */
	readonly goneLogStreamDelayMs?: number | undefined;
	/** Signs tokens for a registry that checks them; without it they are not signed. */
	readonly tokenSigner?: TokenSigner | undefined;
	/** Wall time, unless a test passes a virtual clock. */
	readonly now: () => number;
	readonly onChange: () => void;
	readonly onTargetChange: (device: Device) => void;
}

/** Owns the cloud's document. Everything that changes it goes through here or calls `changed` afterwards. */
export class CloudModel {
	readonly data: CloudData;
	readonly minimumPollIntervalMs: number;
	readonly now: () => number;
	readonly logLinesKept: number;
	readonly goneLogStreamDelayMs: number;
	readonly tokenSigner: TokenSigner | undefined;
	readonly deltas = new DeltaServer();
	readonly #options: CloudModelOptions;
	readonly #logStreams = new Map<string, LogStreamCounters>();

	constructor(options: CloudModelOptions) {
		this.#options = options;
		this.data = options.data;
		this.minimumPollIntervalMs = options.minimumPollIntervalMs;
		this.now = options.now;
		this.tokenSigner = options.tokenSigner;
		this.logLinesKept = options.logLinesKept ?? LOG_LINES_KEPT;
		this.goneLogStreamDelayMs = options.goneLogStreamDelayMs ?? GONE_LOG_STREAM_DELAY_MS;
	}

	logStreamsOf(uuid: string): LogStreamCounters {
		const counters = this.#logStreams.get(uuid) ?? { opened: 0, ended: 0, broken: 0, lines: 0 };
		this.#logStreams.set(uuid, counters);
		return counters;
	}

	nextId(kind: string): number {
		const id = (this.data.lastIds[kind] ?? 0) + 1;
		this.data.lastIds[kind] = id;
		return id;
	}

	timestamp(): string {
		return new Date(this.now()).toISOString();
	}

	changed(): void {
		this.#options.onChange();
	}

	/** The targets of these devices may have changed: the real cloud calls the devices. */
	targetsChanged(devices: readonly Device[]): void {
		this.changed();
		for (const device of devices) {
			this.#options.onTargetChange(device);
		}
	}

	fleet(reference: string | number): Fleet | undefined {
		return this.data.fleets.find((fleet) => fleet.id === Number(reference) || fleet.uuid === reference);
	}

	release(reference: string | number, fleetId?: number): Release | undefined {
		return this.data.releases.find(
			(release) =>
				(release.commit === reference || (typeof reference === 'number' && release.id === reference)) &&
				(fleetId === undefined || release.fleetId === fleetId),
		);
	}

	/** Only devices that exist: a deleted one leaves its record and its key behind, but nothing finds it any more. */
	device(uuid: string): Device | undefined {
		return this.data.devices.find((device) => device.uuid === uuid && device.deletedAt === null);
	}

	deviceById(id: number): Device | undefined {
		return this.data.devices.find((device) => device.id === id && device.deletedAt === null);
	}

	devicesOf(fleetId: number): Device[] {
		return this.data.devices.filter((device) => device.fleetId === fleetId && device.deletedAt === null);
	}

	key(key: string): ApiKey | undefined {
		return this.data.keys.find((candidate) => candidate.key === key);
	}

	addKey(key: ApiKey): void {
		this.data.keys.push(key);
		this.changed();
	}

	isKnownDeviceType(slug: string): boolean {
		return DEVICE_TYPES.includes(slug) || this.data.fleets.some((fleet) => fleet.deviceType === slug);
	}

	addFleet(wanted: NewFleet): { readonly fleet: Fleet; readonly provisioningKey: string } {
		const kind = wanted.kind ?? 'fleet';
		const fleet: Fleet = {
			id: this.nextId('application'),
			uuid: wanted.uuid ?? randomUUID().replaceAll('-', ''),
			name: wanted.name,
			kind,
			class: wanted.class ?? (kind === 'fleet' ? 'fleet' : 'app'),
			deviceType: wanted.deviceType ?? 'generic-amd64',
			arch: wanted.arch ?? 'amd64',
			config: {},
			environment: {},
			serviceEnvironment: {},
			serviceLabels: {},
			pinnedReleaseId: null,
			hostExtensions: false,
		};
		const provisioningKey = wanted.provisioningKey ?? randomKey();
		this.data.fleets.push(fleet);
		this.addKey({ kind: 'provisioning', key: provisioningKey, fleetId: fleet.id });
		return { fleet, provisioningKey };
	}

	addRelease(fleet: Fleet, wanted: NewRelease): Release {
		const release: Release = {
			id: this.nextId('release'),
			fleetId: fleet.id,
			commit: wanted.commit ?? randomBytes(16).toString('hex'),
			version: wanted.version ?? null,
			status: wanted.status ?? 'success',
			draft: wanted.draft ?? false,
			tracked: wanted.track ?? true,
			composition: wanted.composition,
			images: Object.entries(wanted.images).map(([serviceName, reference]): ReleaseImage => {
				const [location = '', digest = null] = reference.split('@');
				return {
					imageId: this.nextId('image'),
					serviceId: this.#serviceId(fleet, serviceName),
					serviceName,
					location,
					digest,
					environment: wanted.imageEnvironment[serviceName] ?? {},
					labels: wanted.imageLabels[serviceName] ?? {},
					contract: wanted.contracts[serviceName] ?? null,
				};
			}),
			createdAt: this.timestamp(),
		};
		this.data.releases.push(release);
		const isTarget = fleetTargetRelease(this.data, fleet)?.id === release.id;
		this.targetsChanged(isTarget ? this.devicesOf(fleet.id).filter((device) => device.pinnedReleaseId === null) : []);
		return release;
	}

	addDevice(wanted: NewDevice): Device {
		const device: Device = {
			id: this.nextId('device'),
			uuid: wanted.uuid,
			name: `device-${wanted.uuid.slice(0, 7)}`,
			fleetId: wanted.fleetId,
			deviceType: wanted.deviceType,
			createdAt: this.timestamp(),
			deletedAt: null,
			pinnedReleaseId: null,
			hostReleaseId: this.#releaseOfVersion('host', wanted.osVersion),
			supervisorReleaseId: this.#releaseOfVersion('supervisor', wanted.supervisorVersion),
			config: [],
			environment: [],
			tags: [],
			serviceEnvironment: {},
			targetOverride: null,
			state: {},
			runningReleaseId: null,
			updateStatus: null,
			installs: [],
			lastPollAt: null,
			lastReportAt: null,
			pollCount: 0,
			reportCount: 0,
			reports: [],
			logs: [],
		};
		this.data.devices.push(device);
		this.addKey({ kind: 'device', key: wanted.apiKey, deviceId: device.id });
		return device;
	}

	addRow(rows: Row[], kind: string, values: { readonly name: string; readonly value: string }): Row {
		const at = this.timestamp();
		const row: Row = { id: this.nextId(kind), ...values, createdAt: at, modifiedAt: at };
		rows.push(row);
		return row;
	}

	setRow(rows: Row[], kind: string, values: { readonly name: string; readonly value: string }): void {
		const row = rows.find((candidate) => candidate.name === values.name);
		if (row === undefined) {
			this.addRow(rows, kind, values);
			return;
		}
		row.value = values.value;
		row.modifiedAt = this.timestamp();
	}

	/** Only a state GET with the device's own key counts as a sign of life; reports and logs do not. */
	heartbeatOf(device: Device): Heartbeat {
		if (device.lastPollAt === null) {
			return 'unknown';
		}
		const fleet = this.fleet(device.fleetId);
		const intervalMs = pollIntervalMsOf(composeConfig(fleet, device, this), this);
		const silentMs = this.now() - device.lastPollAt - 1.5 * intervalMs;
		if (silentMs < 0) {
			return 'online';
		}
		return silentMs < HEARTBEAT_TIMEOUT_MS ? 'timeout' : 'offline';
	}

	#serviceId(fleet: Fleet, name: string): number {
		const known = this.data.services.find((service) => service.fleetId === fleet.id && service.name === name);
		if (known !== undefined) {
			return known.id;
		}
		const id = this.nextId('service');
		this.data.services.push({ id, fleetId: fleet.id, name });
		return id;
	}

	/** Versions sent at registration are matched to releases at once, so that the first target has all three apps. */
	#releaseOfVersion(kind: FleetKind, version: string | undefined): number | null {
		const fleetIds = this.data.fleets.filter((fleet) => fleet.kind === kind).map((fleet) => fleet.id);
		const release = this.data.releases.find(
			(candidate) => version !== undefined && candidate.version === version && fleetIds.includes(candidate.fleetId),
		);
		return release?.id ?? null;
	}
}

interface NewDevice {
	readonly uuid: string;
	readonly fleetId: number;
	readonly deviceType: string;
	readonly apiKey: string;
	readonly osVersion: string | undefined;
	readonly supervisorVersion: string | undefined;
}

export function randomKey(): string {
	return randomBytes(16).toString('hex');
}
