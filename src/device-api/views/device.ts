import { imageKeyOf } from '../../domain/image-reference.ts';
import type { DeviceStatus } from '../../domain/status.ts';
import type { DeviceFacts } from '../api-options.ts';
import { statusWordOf } from '../../domain/status-words.ts';
import { runningPulls } from './state.ts';

/** `GET /v1/device` (spec: device-api 4.11): keys appear once they are known. */
export function viewDevice(status: DeviceStatus | undefined, facts: DeviceFacts): Readonly<Record<string, unknown>> {
	const seen = status?.unseen === undefined ? status : undefined;
	const first = firstApp(seen);
	const service = first === undefined || seen === undefined ? undefined : firstService(first.appId, seen);
	return {
		api_port: facts.apiPort,
		...(facts.ipAddress === undefined ? {} : { ip_address: facts.ipAddress }),
		...(facts.osVersion === undefined ? {} : { os_version: facts.osVersion }),
		...(facts.macAddress === undefined || facts.macAddress === '' ? {} : { mac_address: facts.macAddress }),
		supervisor_version: facts.version,
		update_pending: status?.updatePending ?? false,
		update_failed: status?.updateFailed ?? false,
		update_downloaded: status?.updateDownloaded ?? false,
		...(first?.commit === undefined || status?.applying === true ? {} : { commit: first.commit }),
		...(service === undefined
			? {}
			: { status: service.word === 'Running' ? 'Idle' : service.word, download_progress: service.progress ?? null }),
	};
}

function firstApp(status: DeviceStatus | undefined): { readonly appId: number; readonly commit?: string } | undefined {
	const { apps = [], imageRecords = [] } = status?.current ?? {};
	const appId = Math.min(...apps.map((app) => app.appId), ...imageRecords.map((row) => row.appId));
	return Number.isFinite(appId) ? (apps.find((app) => app.appId === appId) ?? { appId }) : undefined;
}

/** The service with the lowest image id: its container, or its image while there is none. */
function firstService(
	appId: number,
	status: DeviceStatus,
): { readonly word: string; readonly progress: number | undefined } | undefined {
	const pulls = runningPulls(status);
	const { apps = [], imageRecords = [] } = status.current ?? {};
	const containers = apps
		.filter((app) => app.appId === appId)
		.flatMap((app) => app.containers)
		.map((container) => ({
			imageId: container.imageId,
			word: statusWordOf(container, status.running),
			progress: undefined,
		}));
	const images = imageRecords
		.filter((row) => row.appId === appId)
		.map((row) => ({ row, progress: pulls.get(imageKeyOf(row.name)) }))
		.filter(({ row, progress }) => progress !== undefined || row.dockerImageId !== undefined)
		.map(({ row, progress }) => ({
			imageId: row.imageId,
			word: progress === undefined ? 'Downloaded' : 'Downloading',
			progress,
		}));
	const hasContainer = new Set(containers.map(({ imageId }) => imageId));
	const services = [...containers, ...images.filter(({ imageId }) => !hasContainer.has(imageId))];
	return services.sort((a, b) => a.imageId - b.imageId)[0];
}
