import { shownContainers } from '../../application-manager/index.ts';
import { imageKeyOf } from '../../domain/image-reference.ts';
import type { DeviceStatus } from '../../domain/status.ts';
import { statusWordOf } from '../../domain/status-words.ts';
import { runningPulls } from './state.ts';

interface ServiceState {
	readonly status: string;
	readonly releaseId: number;
	readonly download_progress: number | null;
}

/**
 * `GET /v2/applications/:appId/state` (spec: device-api 5.5), by numeric image id; `undefined`: such an app is unknown.
 */
export function viewAppState(
	status: DeviceStatus | undefined,
	appId: number,
): Readonly<Record<string, unknown>> | undefined {
	const app = status?.current?.apps.find((candidate) => candidate.appId === appId);
	const rows = (status?.current?.imageRecords ?? []).filter((row) => row.appId === appId);
	if (status === undefined || ((app?.containers ?? []).length === 0 && rows.length === 0)) {
		return undefined;
	}
	const pulls = runningPulls(status);
	const services: Record<string, ServiceState> = {};
	for (const row of rows) {
		const percent = pulls.get(imageKeyOf(row.name));
		if (percent !== undefined || row.dockerImageId !== undefined) {
			services[row.imageId] = {
				status: percent === undefined ? 'Downloaded' : 'Downloading',
				releaseId: row.releaseId,
				download_progress: percent ?? null,
			};
		}
	}
	const seen = new Set<number>();
	for (const container of shownContainers(app?.containers ?? [])) {
		const { imageId, releaseId } = container;
		services[imageId] = {
			status: seen.has(imageId) ? 'Handing over' : statusWordOf(container, status.running),
			releaseId,
			download_progress: null,
		};
		seen.add(imageId);
	}
	return { ...(app?.commit === undefined ? {} : { commit: app.commit }), local: { [appId]: { services } } };
}
