import * as z from 'zod/mini';

import type { CloudData, Device, Fleet, Release, ReleaseImage } from './cloud-data.ts';
import { imageReference } from './compose-target.ts';

const metric = z.nullable(z.int());
const text = z.nullable(z.string());

export const UPDATE_STATUSES = [
	'rejected',
	'aborted',
	'downloading',
	'downloaded',
	'applying changes',
	'done',
] as const;

const serviceReport = z.looseObject({
	image: z.string(),
	status: z.optional(z.string()),
	download_progress: z.optional(z.nullable(z.int())),
});

const releaseReport = z.looseObject({
	update_status: z.optional(z.enum(UPDATE_STATUSES)),
	services: z.optional(z.record(z.string(), serviceReport)),
});

const appReport = z.looseObject({
	release_uuid: z.optional(z.string()),
	releases: z.optional(z.record(z.string(), releaseReport)),
});

/** What `PATCH /device/v3/state` takes per device. Unknown members are fine; one ill-typed member loses the report. */
const deviceReport = z.looseObject({
	status: z.optional(z.string()),
	is_online: z.optional(z.boolean()),
	os_version: z.optional(text),
	os_variant: z.optional(text),
	supervisor_version: z.optional(text),
	provisioning_progress: z.optional(metric),
	provisioning_state: z.optional(text),
	// Only `mac_address: null` is known to be refused; refusing both is the stricter reading.
	ip_address: z.optional(z.string()),
	mac_address: z.optional(z.string()),
	api_port: z.optional(z.int()),
	api_secret: z.optional(text),
	logs_channel: z.optional(text),
	cpu_usage: z.optional(metric),
	cpu_temp: z.optional(metric),
	cpu_id: z.optional(text),
	memory_usage: z.optional(metric),
	memory_total: z.optional(metric),
	storage_usage: z.optional(metric),
	storage_total: z.optional(metric),
	storage_block_device: z.optional(text),
	is_undervolted: z.optional(z.boolean()),
	apps: z.optional(z.record(z.string(), appReport)),
});

const report = z.record(z.string(), deviceReport);

const METRICS: Readonly<Record<string, z.ZodMiniType>> = {
	cpu_usage: metric,
	cpu_temp: metric,
	memory_usage: metric,
	memory_total: metric,
	storage_usage: metric,
	storage_total: metric,
	storage_block_device: text,
	is_undervolted: z.boolean(),
};

export type DeviceReport = z.infer<typeof deviceReport>;

export interface ReportedImage {
	readonly image: ReleaseImage;
	readonly release: Release;
	readonly status: string | undefined;
	readonly downloadProgress: number | null | undefined;
}

export interface ResolvedReport {
	readonly fields: DeviceReport;
	/** Absent when the report says nothing about apps; an empty list means that the device has no image left. */
	readonly images: readonly ReportedImage[] | undefined;
	readonly runningRelease: Release | undefined;
	readonly updateStatuses: readonly (typeof UPDATE_STATUSES)[number][];
}

type CheckedReport =
	| { readonly ok: true; readonly report: ResolvedReport }
	| { readonly ok: false; readonly status: 400 | 401; readonly reason: string };

export function hasMetrics(fields: DeviceReport): boolean {
	return Object.keys(fields).some((name) => name in METRICS);
}

export function hasOnlyMetrics(fields: Readonly<Record<string, unknown>>): boolean {
	return Object.keys(fields).every((name) => name in METRICS);
}

/** Metrics that come within a minute of stored ones are neither stored nor checked. */
export function dropBadMetrics(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
	return Object.fromEntries(
		Object.entries(fields).filter(([name, value]) => METRICS[name]?.safeParse(value).success ?? true),
	);
}

/** Decides about a whole report before anything of it is stored. */
export function checkReport(data: CloudData, body: unknown, device: Device | undefined): CheckedReport {
	// An empty object, or a value that is no object, names no device that the key may report for.
	if (typeof body !== 'object' || body === null || Object.keys(body).length === 0) {
		return { ok: false, status: 401, reason: 'no device in the report' };
	}
	const parsed = report.safeParse(body);
	if (!parsed.success) {
		return { ok: false, status: 400, reason: z.prettifyError(parsed.error) };
	}
	const foreign = Object.keys(parsed.data).find((uuid) => uuid !== device?.uuid);
	const fields = device === undefined ? undefined : parsed.data[device.uuid];
	if (device === undefined || fields === undefined || foreign !== undefined) {
		return { ok: false, status: 401, reason: `not a device of this key: ${foreign ?? ''}` };
	}
	return resolveApps(data, device, fields);
}

function resolveApps(data: CloudData, device: Device, fields: DeviceReport): CheckedReport {
	const { apps } = fields;
	const images: ReportedImage[] = [];
	const updateStatuses: (typeof UPDATE_STATUSES)[number][] = [];
	let runningRelease: Release | undefined;
	for (const [appUuid, app] of Object.entries(apps ?? {})) {
		if (app.release_uuid === undefined && Object.keys(app.releases ?? {}).length === 0) {
			continue; // it is empty, so its owner is not checked
		}
		const fleet = data.fleets.find((candidate) => candidate.uuid === appUuid);
		if (fleet === undefined || !isVisible(fleet, device)) {
			return { ok: false, status: 401, reason: `unknown app ${appUuid}` };
		}
		const releaseOf = (commit: string) =>
			data.releases.find(
				({ fleetId, commit: c, status }) => fleetId === fleet.id && c === commit && status === 'success',
			);
		if (app.release_uuid !== undefined) {
			const release = releaseOf(app.release_uuid);
			if (release === undefined) {
				return { ok: false, status: 401, reason: `unknown release ${app.release_uuid}` };
			}
			runningRelease = fleet.id === device.fleetId ? release : runningRelease;
		}
		for (const [commit, reported] of Object.entries(app.releases ?? {})) {
			const release = releaseOf(commit);
			if (release === undefined) {
				return { ok: false, status: 401, reason: `unknown release ${commit}` };
			}
			if (reported.update_status !== undefined && fleet.id === device.fleetId) {
				updateStatuses.push(reported.update_status);
			}
			for (const service of Object.values(reported.services ?? {})) {
				const image = release.images.find((candidate) => isSameImage(candidate, service.image));
				if (image === undefined) {
					return { ok: false, status: 401, reason: `unknown image ${service.image}` };
				}
				images.push({ image, release, status: service.status, downloadProgress: service.download_progress });
			}
		}
	}
	const report: ResolvedReport = {
		fields,
		images: apps === undefined ? undefined : images,
		runningRelease,
		updateStatuses,
	};
	return { ok: true, report };
}

/** A device sees its own fleet, and every supervisor and host app. */
function isVisible(fleet: Fleet, device: Device): boolean {
	return fleet.id === device.fleetId || fleet.kind !== 'fleet';
}

/** Reported with or without the digest. */
function isSameImage(image: ReleaseImage, reference: string): boolean {
	const location = image.location.toLowerCase();
	return reference === imageReference(image) || reference === location;
}
