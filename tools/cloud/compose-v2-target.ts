import type { CloudData, Device } from './cloud-data.ts';
import type { TargetOptions } from './compose-target.ts';
import { composeTarget } from './compose-target.ts';

type JsonObject = Readonly<Record<string, unknown>>;

/** The answer of `GET /device/v2/<uuid>/state`: the fleet's app as older devices read it, by ids and in one level. */
export function composeV2Target(data: CloudData, device: Device, options: TargetOptions): JsonObject {
	const { name, apps, config } = membersOf(composeTarget(data, device, options)[device.uuid]);
	const fleet = data.fleets.find((candidate) => candidate.id === device.fleetId);
	const app = fleet === undefined ? undefined : membersOf(apps)[fleet.uuid];
	const local = { name, config, apps: fleet === undefined ? {} : { [fleet.id]: convertApp(membersOf(app)) } };
	return { local, dependent: { apps: {}, devices: {} } };
}

function convertApp({ name, releases }: JsonObject): JsonObject {
	const [entry] = Object.entries(membersOf(releases));
	if (entry === undefined) return { name, services: {}, networks: {}, volumes: {} };
	const [commit, release] = entry;
	const { id, services, networks = {}, volumes = {} } = membersOf(release);
	const converted = Object.entries(membersOf(services)).map(([serviceName, service]) =>
		convertService(serviceName, membersOf(service)),
	);
	return {
		releaseId: id,
		commit,
		name,
		services: Object.fromEntries(converted),
		networks,
		volumes: Object.fromEntries(Object.entries(membersOf(volumes)).map(([key, volume]) => [key, volume ?? {}])),
	};
}

function convertService(serviceName: string, service: JsonObject): readonly [string, JsonObject] {
	const { id, image_id: imageId, image, environment, labels, contract, composition } = service;
	const own = { imageId, serviceName, image, running: true, environment, labels };
	return [String(id), { ...membersOf(composition), ...own, ...(contract === undefined ? {} : { contract }) }];
}

function membersOf(value: unknown): JsonObject {
	// Made by `composeTarget`, or by a user who may have given `null`.
	return typeof value === 'object' && value !== null ? (value as JsonObject) : {};
}
