import { pingEngine } from '../device/index.ts';
import { findCloudDevice, isCloudUp } from './cloud.ts';
import { listContainers } from './containers.ts';
import { hasCloud, readRecord } from './device-folder.ts';
import { findDevice, isDeviceAlive } from './device-home.ts';
import { composeStatus } from './device-status.ts';
import type { DeviceStatus } from './device-status.ts';
import { readForwards } from './forward-services.ts';
import { readReasons } from './supervisor.ts';
import { SupervisorApi } from './supervisor-api.ts';

/** How a device is now, whether or not its parts answer. */
export async function readStatus(directory: string): Promise<DeviceStatus> {
	const device = findDevice(directory);
	if (device === undefined || !isDeviceAlive(device)) {
		return { device: readRecord(directory) === undefined ? 'none' : 'kept', on_target: false };
	}
	const { record, host } = device;
	const isStandIn = record.fleet !== undefined;
	const isUp = await pingEngine(host.socketPath);
	const isCloudKnown = isStandIn && (await isCloudUp(directory));
	const cloudDevice = isCloudKnown ? await findCloudDevice(directory) : undefined;
	const api = new SupervisorApi(record.port, cloudDevice?.apiKey);
	const [health, status, applications, containers] = await Promise.all([
		readHealth(api),
		api.readStatus(),
		api.readApplications(),
		isUp ? listContainers(host.socketPath) : [],
	]);
	return composeStatus({
		engine: { isUp, socketPath: host.socketPath },
		cloud: isStandIn ? (isCloudKnown ? 'up' : 'does not answer') : hasCloud(directory) ? 'a real one' : 'none',
		cloudTarget: cloudDevice?.targetRelease,
		supervisor: { health, address: `http://127.0.0.1:${record.port}` },
		status,
		applications,
		containers,
		problems: readReasons(directory),
		forwards: readForwards(directory, containers),
	});
}

async function readHealth(api: SupervisorApi): Promise<string> {
	if (!(await api.isUp())) return 'does not answer';
	return (await api.isHealthy()) ? 'healthy' : 'not healthy';
}
