import type { ControlClient } from '../../../../tools/cloud/control-client.ts';
import type { RunningCloud } from '../../../../tools/cloud/start-cloud.ts';
import { MAIN, SECOND } from './recorded-world.ts';
import { sendRecorded } from './recordings.ts';

/** What was done in the recorded cloud before a request, as far as the answer depends on it. */

interface World {
	readonly cloud: RunningCloud;
	readonly client: ControlClient;
}

export type PlanningContext = (world: World) => Promise<void>;

/** All devices are there, none has variables. */
export const registered: PlanningContext = () => Promise.resolve();

/** After device variables and a rename. */
export const withVariables: PlanningContext = async ({ client }) => {
	await client.updateDevice(MAIN, {
		name: 'kitchen-α',
		environment: { DEVICE_VAR: 'device', OVERRIDE_ME: 'device' },
		config: {
			RESIN_SUPERVISOR_POLL_INTERVAL: '900000',
			BALENA_HOST_CONFIG_gpu_mem: '64',
			RESIN_HOST_FIREWALL_MODE: 'on',
		},
	});
};

export const pinnedDevice: PlanningContext = async (world) => {
	await withVariables(world);
	await world.client.updateDevice(MAIN, { pinnedRelease: 1 });
};

export const withDeviceServiceVariables: PlanningContext = async (world) => {
	await withVariables(world);
	await world.client.updateDevice(MAIN, {
		hostRelease: 6,
		serviceEnvironment: { web: { OVERRIDE_ME: 'device-service' } },
	});
};

export const hostUpdate: PlanningContext = async (world) => {
	await pinnedDevice(world);
	await world.client.updateDevice(MAIN, { hostRelease: 6 });
};

/** The initial configuration report has been taken. */
export const withConfigReport: PlanningContext = async (world) => {
	await withVariables(world);
	await sendRecorded(world.cloud, 'odata-config-var-post');
};

/** The day after: more variables of every kind. */
export const late: PlanningContext = async (world) => {
	await withConfigReport(world);
	await world.client.updateFleet(1, {
		config: { RESIN_SUPERVISOR_CONNECTIVITY_CHECK: 'true' },
		environment: { N2: '1' },
		serviceEnvironment: { web: { N3: '1' } },
	});
	await world.client.updateDevice(MAIN, {
		name: 'kitchen',
		hostRelease: 6,
		environment: { SET_BY_DEVICE: 'y' },
		config: { RESIN_HOST_CONFIG_avoid_warnings: '0', RESIN_SUPERVISOR_LOG_CONTROL: 'true' },
	});
};

export const movedToEmptyFleet: PlanningContext = async (world) => {
	await late(world);
	await world.client.updateDevice(MAIN, { fleet: 3 });
};

export const secondDeviceWithExtensions: PlanningContext = async ({ client }) => {
	await client.updateDevice(SECOND, { hostRelease: 5 });
	await client.updateFleet(1, { hostExtensions: true });
};

export const fleetWithoutPin: PlanningContext = async ({ client }) => {
	await client.updateFleet(2, { targetRelease: null });
};

export const deployedByCli: PlanningContext = async ({ client }) => {
	await client.updateFleet(3, { targetRelease: 9 });
};

export const pinnedOnDraft: PlanningContext = async ({ client }) => {
	await client.updateDevice('0000000000174de08000000000000023', { pinnedRelease: 13 });
};

/** The digest of an image became known; releases do not change otherwise, so there is no call for it. */
export const withDigest: PlanningContext = ({ cloud }) => {
	const image = cloud.model.release(10)?.images[0];
	Object.assign(image ?? {}, { digest: `sha256:${'e'.padStart(64, '0')}` });
	return Promise.resolve();
};

/** Less than a minute ago. */
export const withMetrics: PlanningContext = async ({ cloud }) => {
	await sendRecorded(cloud, 'state-patch-metrics-only');
};

export const tagged: PlanningContext = async ({ cloud }) => {
	await sendRecorded(cloud, 'tags-patch-ok');
	await sendRecorded(cloud, 'tags-patch-update');
};

export const taggedThroughOdata: PlanningContext = async (world) => {
	await tagged(world);
	await sendRecorded(world.cloud, 'tags-odata-post');
};

export const withUserMadeKey: PlanningContext = async ({ cloud }) => {
	await sendRecorded(cloud, 'key-exchange-register-device-key-user-api-key');
};

/** Reports in the order in which they were recorded; the ids of image installs come from it. */
export const reported: PlanningContext = async ({ cloud }) => {
	await sendRecorded(cloud, 'target-state-two-services'); // the device is online
	await sendRecorded(cloud, 'state-patch-downloading');
	await sendRecorded(cloud, 'state-patch-supervisor-and-host-apps');
	await sendRecorded(cloud, 'state-patch-two-releases');
};

export const reportedDone: PlanningContext = async ({ cloud }) => {
	await sendRecorded(cloud, 'target-state-two-services');
	await sendRecorded(cloud, 'state-patch-full');
};

export const logged: PlanningContext = async ({ cloud }) => {
	await sendRecorded(cloud, 'log-stream-gzip-ok');
	await sendRecorded(cloud, 'log-stream-plain-ok');
};
