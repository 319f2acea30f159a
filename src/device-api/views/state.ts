import { imageKeyOf } from '../../domain/image-reference.ts';
import type { StoredImageRecord } from '../../domain/engine-objects.ts';
import type { DeviceStatus } from '../../domain/status.ts';
import { statusWordOf } from '../../domain/status-words.ts';
import type { Access } from '../access.ts';
import type { ReasonViewer } from './reasons.ts';

/** `GET /v2/state/status` (spec: device-api 5.9, decision D19): one app, its containers and its images. */
export function viewState(
	status: DeviceStatus | undefined,
	access: Access,
	reasons: ReasonViewer,
): Readonly<Record<string, unknown>> {
	const running = status?.running ?? [];
	const pulls = status === undefined ? new Map<string, number>() : runningPulls(status);
	const containers = (status?.current?.apps ?? [])
		.flatMap((app) => app.containers)
		.filter((c) => access.covers(c.appId));
	const records = (status?.current?.imageRecords ?? []).filter((row) => access.covers(row.appId));
	const explained = status?.reasons.map((reason) => reason.appId).find((id) => id !== undefined && access.covers(id));
	const appId = containers[0]?.appId ?? records[0]?.appId ?? explained;
	const release = status?.current?.apps.find((app) => app.appId === appId)?.commit;
	const services = appId === undefined ? {} : reasons.ofServices(status, appId);
	const downloading = records.map((row) => pulls.get(imageKeyOf(row.name))).filter((percent) => percent !== undefined);
	if (status?.unseen !== undefined) {
		// No list: the last one seen would be taken for the present one.
		return {
			...{ status: 'success', appState: 'applying', overallDownloadProgress: null, reason: status.unseen.message },
			...reasons.sinceUnseen(status),
		};
	}
	return {
		status: 'success',
		appState: status === undefined || status.applying ? 'applying' : 'applied',
		overallDownloadProgress: downloading.length === 0 ? null : mean(downloading),
		containers: containers
			.filter((container) => container.appId === appId)
			.map((container) => ({
				status: statusWordOf(container, running),
				serviceName: container.serviceName,
				appId: container.appId,
				imageId: container.imageId,
				serviceId: container.serviceId,
				containerId: container.containerId,
				createdAt: new Date(container.createdAt).toISOString(),
			})),
		images: records.filter((row) => row.appId === appId).flatMap((row) => viewImage(row, pulls)),
		...(release === undefined ? {} : { release }),
		...reasons.ofApp(status, appId, access),
		...(Object.keys(services).length === 0 ? {} : { services }),
	};
}

function viewImage(
	row: StoredImageRecord,
	pulls: ReadonlyMap<string, number>,
): readonly Readonly<Record<string, unknown>>[] {
	const percent = pulls.get(imageKeyOf(row.name));
	if (percent === undefined && row.dockerImageId === undefined) {
		return []; // expected, but not being fetched now
	}
	return [
		{
			name: row.name,
			appId: row.appId,
			serviceName: row.serviceName,
			imageId: row.imageId,
			...(percent === undefined ? { dockerImageId: row.dockerImageId } : {}),
			status: percent === undefined ? 'Downloaded' : 'Downloading',
			downloadProgress: percent ?? null,
		},
	];
}

/** Percent by image key, of images that are being fetched. */
export function runningPulls(status: DeviceStatus): ReadonlyMap<string, number> {
	return new Map(
		status.running.flatMap(({ step, percent }) =>
			step.kind === 'pullImage' ? [[imageKeyOf(step.reference), percent ?? 0] as const] : [],
		),
	);
}

function mean(values: readonly number[]): number {
	return values.reduce((sum, value) => sum + value, 0) / values.length;
}
