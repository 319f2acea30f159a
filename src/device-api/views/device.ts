import type { DeviceStatus } from '../../domain/status.ts';
import type { DeviceFacts } from '../api-options.ts';
import { statusWordOf } from '../../domain/status-words.ts';
import { runningPulls } from './state.ts';

/** `GET /v1/device` (spec: device-api 4.11): keys appear once they are known. */
export function viewDevice(status: DeviceStatus | undefined, facts: DeviceFacts): Readonly<Record<string, unknown>> {
	const apps = [...(status?.current?.apps ?? [])].sort((a, b) => a.appId - b.appId);
	const first = apps[0];
	const service = [...(first?.containers ?? [])].sort((a, b) => a.imageId - b.imageId)[0];
	const word = service && statusWordOf(service, status?.running ?? []);
	const progress = status === undefined ? undefined : [...runningPulls(status).values()][0];
	return {
		api_port: facts.apiPort,
		...(facts.ipAddress === undefined ? {} : { ip_address: facts.ipAddress }),
		...(facts.osVersion === undefined ? {} : { os_version: facts.osVersion }),
		...(facts.macAddress === undefined ? {} : { mac_address: facts.macAddress }),
		supervisor_version: facts.version,
		update_pending: status?.updatePending ?? false,
		update_failed: status?.updateFailed ?? false,
		update_downloaded: status?.updateDownloaded ?? false,
		...(first?.commit === undefined || status?.applying === true ? {} : { commit: first.commit }),
		...(word === undefined ? {} : { status: word === 'Running' ? 'Idle' : word, download_progress: progress ?? null }),
	};
}
