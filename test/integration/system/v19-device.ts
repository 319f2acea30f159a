import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createControlClient, type ControlClient } from '../../../tools/cloud/control-client.ts';
import { startCloud, type RunningCloud } from '../../../tools/cloud/start-cloud.ts';
import { CleanUp } from '../../support/clean-up.ts';
import { createDevice, type DeviceProcess } from '../../support/device-process.ts';
import type { RealEngine } from '../../support/real-engine.ts';
import { V19AppBuilder } from './v19-apps.ts';
import { buildV19Apps } from './v19-cases.ts';
import { addV19Apps, writeV19Database, type V19Tables } from './v19-database.ts';
import { V19Engine, type LeftOut, type TakenPart } from './v19-engine.ts';
import { pullV19Images, type V19Images } from './v19-images.ts';
import { RELEASE, sectionsOf, type V19App } from './v19-vectors.ts';

/** A device on which version 19 has been running; our program is laid out and not started. */
export interface V19Device {
	readonly device: DeviceProcess;
	/** All that version 19 had running, stopped or only created. */
	readonly services: readonly TakenPart[];
	readonly networks: readonly string[];
	readonly volumes: readonly string[];
	readonly leftOut: readonly LeftOut[];
	/** Puts another app on the device, as if version 19 had made it too. */
	add(app: 'corrected' | 'inactive'): Promise<readonly TakenPart[]>;
	setCloudAway(isAway: boolean): Promise<void>;
	status(): Promise<{ readonly appState: string } | undefined>;
	dispose(): Promise<void>;
}

/** The device on which the vectors were made: see their README. */
const DEVICE = {
	uuid: '1a2b3c4d5e6f70819293a4b5c6d7e8f9',
	name: 'vector-device',
	deviceType: 'raspberrypi4-64',
	arch: 'aarch64',
	hostname: 'vec-host',
	apiKey: 'device-api-key',
};
const OS_RELEASE = ['ID="balena-os"', 'PRETTY_NAME="balenaOS 6.5.4"', 'VARIANT_ID=prod', 'BALENA_BOARD_REV=abc1234\n'];
const POLL_INTERVAL_MS = 1000;
const VARIABLES = {
	SUPERVISOR_POLL_INTERVAL: String(POLL_INTERVAL_MS),
	SUPERVISOR_DELTA: 'true',
	SUPERVISOR_DELTA_VERSION: '3',
};
const GLOBAL_KEY = '0000000000000000000000000000000a';
const SERVICE_KEY = '0000000000000000000000000000000b';

interface Parts {
	readonly cloud: RunningCloud;
	readonly client: ControlClient;
	readonly v19: V19Engine;
	readonly images: V19Images;
	readonly device: DeviceProcess;
	readonly tables: V19Tables;
}

export async function createV19Device(engine: RealEngine): Promise<V19Device> {
	const parts = await layOutDevice(engine);
	const { device, cloud, client, v19, tables } = parts;
	const listenPort = Number(new URL(device.url).port);
	const builder = new V19AppBuilder(
		{ apiEndpoint: cloud.url, listenPort, socketPath: engine.socketPath, serviceKey: SERVICE_KEY },
		parts.images,
	);
	const apps = buildV19Apps(builder);
	const made = await makeAll(parts, apps.settled);
	await writeV19Database(tables, made.apps);
	await client.setTarget(DEVICE.uuid, targetOf(made.apps));
	return {
		device,
		...made,
		leftOut: [...apps.leftOut, ...made.leftOut],
		add: (app) => addApp(parts, apps[app], made.apps),
		setCloudAway: async (isAway) => {
			await (isAway ? client.createFault({ match: { path: '/device' }, status: 503 }) : client.deleteFaults());
		},
		status: async () => {
			const answer = await device.call('GET', '/v2/state/status', GLOBAL_KEY);
			// The answer of our own API, whose form has tests of its own.
			return answer?.status === 200 ? (JSON.parse(answer.body) as { appState: string }) : undefined;
		},
		dispose: async () => {
			const cleanUp = new CleanUp();
			cleanUp.add(() => cloud.stop()); // or it would keep the run from ending
			cleanUp.add(() => device.dispose());
			cleanUp.add(() => v19.dispose());
			cleanUp.add(() => device.kill('SIGKILL'));
			await cleanUp.run();
		},
	};
}

async function layOutDevice(engine: RealEngine): Promise<Parts> {
	const images = await pullV19Images(engine);
	const cloud = await startCloud({ port: 0, minimumPollIntervalMs: POLL_INTERVAL_MS });
	const client = createControlClient(cloud.url);
	const { deviceType, arch, uuid, apiKey } = DEVICE;
	const fleet = await client.createFleet({ name: 'vector-app', deviceType, arch });
	const deviceId = await register(cloud.url, fleet.provisioningKey, { application: fleet.id, deviceType });
	const device = await createDevice({
		engine,
		cloud: { url: cloud.url, fleet },
		config: {
			apiKey: undefined, // version 19 has exchanged it
			uuid,
			deviceApiKey: apiKey,
			deviceId,
			registered_at: 1_700_000_000,
			deviceType,
			hostname: DEVICE.hostname,
			appUpdatePollInterval: POLL_INTERVAL_MS,
			os: { kernel: { extraFirmwareVol: 'extra-firmware' } },
		},
	});
	writeHostFiles(device.folder);
	const v19 = new V19Engine(engine);
	await v19.makeSupervisorNetwork();
	await v19.makeVolume({ Name: 'extra-firmware' });
	const tables: V19Tables = {
		path: device.databasePath,
		apiEndpoint: cloud.url,
		deviceName: DEVICE.name,
		variables: VARIABLES,
		globalKey: GLOBAL_KEY,
		serviceKey: SERVICE_KEY,
		images,
	};
	return { cloud, client, v19, images, device, tables };
}

/** The cloud has known the device for long. */
async function register(
	url: string,
	key: string,
	{ application, deviceType }: { readonly application: number; readonly deviceType: string },
): Promise<number> {
	const response = await fetch(`${url}/device/register`, {
		method: 'POST',
		headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
		body: JSON.stringify({ application, device_type: deviceType, uuid: DEVICE.uuid, api_key: DEVICE.apiKey }),
	});
	const { id } = (await response.json()) as { readonly id: number }; // of our own stand-in
	return id;
}

function writeHostFiles(folder: string): void {
	const { deviceType: slug, arch } = DEVICE;
	writeFileSync(join(folder, 'root/etc/os-release'), OS_RELEASE.join('\n'));
	writeFileSync(join(folder, 'boot/device-type.json'), JSON.stringify({ slug, arch }));
	for (const name of ['modules', 'firmware']) mkdirSync(join(folder, 'root/lib', name), { recursive: true });
}

/** The apps as far as the engine has made them; what it could not start, the target does not want to run. */
async function makeAll({ v19, images }: Parts, wanted: readonly V19App[]) {
	const all = {
		services: [] as TakenPart[],
		networks: [] as string[],
		volumes: [] as string[],
		leftOut: [] as LeftOut[],
	};
	const apps: V19App[] = [];
	for (const app of wanted) {
		await adoptImages(app, images);
		const made = await v19.makeApp(app, (reference) => images.idOf(reference));
		const pick = (objects: V19App['networks'], names: readonly string[]) =>
			Object.fromEntries(Object.entries(objects).filter(([name]) => names.includes(name)));
		apps.push({
			...app,
			services: made.services.map(({ service, notStarted }) =>
				notStarted === undefined ? service : { ...service, target: { ...service.target, running: false } },
			),
			networks: pick(app.networks, made.networks),
			volumes: pick(app.volumes, made.volumes),
		});
		all.services.push(...made.services);
		all.leftOut.push(...made.leftOut);
		all.networks.push(...made.networks.map((name) => `${app.appId} ${name}`));
		all.volumes.push(...made.volumes.map((name) => `${app.appId} ${name}`));
	}
	return { apps, ...all };
}

/** Names under which other vectors have the same image. */
async function adoptImages({ services }: V19App, images: V19Images): Promise<void> {
	for (const { target } of services) {
		if (target.image !== images.plain && target.image !== images.rich) {
			await images.adopt(target.image);
		}
	}
}

/** `there` grows: the target has them all. */
async function addApp(parts: Parts, app: V19App, there: V19App[]): Promise<readonly TakenPart[]> {
	const made = await makeAll(parts, [app]);
	if (made.leftOut.length > 0) throw new Error(JSON.stringify(made.leftOut));
	await addV19Apps(parts.tables, made.apps);
	there.push(...made.apps);
	await parts.client.setTarget(DEVICE.uuid, targetOf(there));
	return made.services;
}

/** As the cloud sends it. */
function targetOf(apps: readonly V19App[]) {
	const entries = apps.map(({ appUuid, appId, services, networks, volumes }) => {
		const release = {
			id: RELEASE.id,
			services: Object.fromEntries(services.map(({ serviceName, target }) => [serviceName, target])),
			networks: sectionsOf(networks),
			volumes: sectionsOf(volumes),
		};
		const releases = { [RELEASE.commit]: release };
		return [appUuid, { id: appId, name: 'vector-app', class: 'fleet', is_host: false, releases }];
	});
	const config = Object.fromEntries(Object.entries(VARIABLES).map(([name, value]) => [`RESIN_${name}`, value]));
	return { [DEVICE.uuid]: { name: DEVICE.name, config, apps: Object.fromEntries(entries) as object } };
}
