import type { Device } from './cloud-data.ts';
import type { DeviceReport, ReportedImage, ResolvedReport } from './check-report.ts';
import { checkReport, dropBadMetrics, hasMetrics, hasOnlyMetrics, UPDATE_STATUSES } from './check-report.ts';
import type { CloudModel } from './cloud-model.ts';
import type { Handler } from './cloud-request.ts';
import { deviceOf, readActor } from './cloud-request.ts';
import { apiKeyRequired, emptyReply } from './reply.ts';

const METRICS_INTERVAL_MS = 60_000;
const INTEGER_MAX = 2 ** 31 - 1;
const TEXT_LENGTH_MAX: Readonly<Record<string, number>> = {
	status: 50,
	os_version: 70,
	supervisor_version: 20,
	api_secret: 64,
};
const LIST_LENGTH_MAX: Readonly<Record<string, number>> = { ip_address: 2000, mac_address: 900 };
const STORED_FIELDS: readonly string[] = [
	'apps',
	'api_port',
	'api_secret',
	'cpu_id',
	'cpu_temp',
	'cpu_usage',
	'ip_address',
	'is_undervolted',
	'logs_channel',
	'mac_address',
	'memory_total',
	'memory_usage',
	'os_variant',
	'os_version',
	'provisioning_progress',
	'provisioning_state',
	'status',
	'storage_block_device',
	'storage_total',
	'storage_usage',
	'supervisor_version',
];
const SERVICE_STATUSES: readonly string[] = [
	'Downloading',
	'Downloaded',
	'Installing',
	'Installed',
	'Starting',
	'Running',
	'Idle',
	'Handing over',
	'Awaiting handover',
	'Stopping',
	'Stopped',
	'exited',
	'Deleting',
	'deleted',
	'Dead',
	'paused',
	'restarting',
	'removing',
	'configuring',
	'Unknown',
];

/** `PATCH /device/v3/state`: all of a report is stored, or nothing. */
export const patchDeviceState: Handler = (model, request) => {
	const actor = readActor(model, request);
	if (actor.kind === 'none' || actor.kind === 'unknown' || actor.kind === 'session') {
		return apiKeyRequired;
	}
	const device = deviceOf(model, actor);
	const body = request.body.kind === 'json' ? request.body.value : undefined;
	const checked = checkReport(
		model.data,
		device === undefined ? body : withoutIdleMetrics(model, device, body),
		device,
	);
	if (!checked.ok || device === undefined) {
		return emptyReply(checked.ok ? 401 : checked.status);
	}
	storeReport(model, device, checked.report);
	return emptyReply(200);
};

function withoutIdleMetrics(model: CloudModel, device: Device, body: unknown): unknown {
	const fields = (body as Readonly<Record<string, unknown>> | undefined)?.[device.uuid]; // the parser takes objects only
	if (
		typeof fields !== 'object' ||
		fields === null ||
		!hasOnlyMetrics({ ...fields }) ||
		!hasFreshMetrics(model, device)
	) {
		return body;
	}
	return { ...(body as object), [device.uuid]: dropBadMetrics({ ...fields }) };
}

function hasFreshMetrics(model: CloudModel, { metricsAt }: Device): boolean {
	return metricsAt !== undefined && model.now() - metricsAt < METRICS_INTERVAL_MS;
}

function storeReport(model: CloudModel, device: Device, report: ResolvedReport): void {
	Object.assign(device.state, storedFields(report.fields));
	device.lastReportAt = model.now();
	if (hasMetrics(report.fields) && !(hasOnlyMetrics(report.fields) && hasFreshMetrics(model, device))) {
		device.metricsAt = model.now();
	}
	device.reportCount += 1;
	device.runningReleaseId = report.runningRelease?.id ?? device.runningReleaseId;
	// With several releases the worst status wins; the list is in that order.
	device.updateStatus = UPDATE_STATUSES.find((status) => report.updateStatuses.includes(status)) ?? device.updateStatus;
	if (report.images !== undefined) {
		storeInstalls(model, device, report.images);
	}
	model.changed();
}

/**
 * What the cloud makes of the values before it keeps them. Not repeated here: the real one stores metrics at most
 * once a minute, which would only make the tests of a device wait.
 */
function storedFields(fields: DeviceReport): Record<string, unknown> {
	const stored: Record<string, unknown> = {};
	for (const [name, value] of Object.entries(fields)) {
		if (STORED_FIELDS.includes(name)) {
			stored[name] = storedValue(name, value);
		}
	}
	// Invalid values are dropped silently, and the old value stays.
	return Object.fromEntries(Object.entries(stored).filter(([, value]) => value !== undefined));
}

function storedValue(name: string, value: unknown): unknown {
	if (typeof value === 'number') {
		return Math.min(value, INTEGER_MAX);
	}
	if (typeof value !== 'string') {
		return value;
	}
	if (name === 'os_variant') {
		return value === 'dev' || value === 'prod' ? value : undefined;
	}
	if (name === 'cpu_id') {
		return /^[\x20-\x7e]*$/.test(value) ? value.toLowerCase() : undefined;
	}
	const listLength = LIST_LENGTH_MAX[name];
	return listLength === undefined ? value.slice(0, TEXT_LENGTH_MAX[name]) : cutAtBlank(value, listLength);
}

function cutAtBlank(text: string, lengthMax: number): string {
	if (text.length <= lengthMax) {
		return text;
	}
	const end = text.lastIndexOf(' ', lengthMax);
	return text.slice(0, end < 0 ? lengthMax : end);
}

/** A report with `apps` is a complete list: every image that it does not mention is gone from the device. */
function storeInstalls(model: CloudModel, device: Device, reported: readonly ReportedImage[]): void {
	for (const install of device.installs) {
		if (!reported.some(({ image }) => image.imageId === install.imageId)) {
			install.status = 'deleted';
			install.downloadProgress = null;
		}
	}
	for (const { image, release, status, downloadProgress } of reported) {
		const known = device.installs.find((install) => install.imageId === image.imageId);
		const knownStatus = SERVICE_STATUSES.find((known) => known === status);
		if (known === undefined) {
			device.installs.push({
				id: model.nextId('image_install'),
				imageId: image.imageId,
				releaseId: release.id,
				status: knownStatus ?? 'Unknown',
				downloadProgress: downloadProgress ?? null,
				installDate: model.timestamp(),
			});
			continue;
		}
		known.releaseId = release.id;
		known.status = knownStatus ?? known.status;
		known.downloadProgress = downloadProgress ?? null;
	}
}
