import { parseDeploy, type SetFields } from './deploy.ts';
import { parseGpus } from './gpus.ts';
import { NEWER_ENGINE, type Place } from './place.ts';

/** Keys of the Compose Specification without a field of their own: keys that set other fields, and keys that are ignored. */

interface SettingKey {
	readonly accepts: string;
	/** Fields of the model. */
	readonly sets: readonly string[];
	parse(value: unknown, place: Place): SetFields;
}

export const SETTING_KEYS: Readonly<Record<string, SettingKey>> = {
	deploy: {
		accepts:
			'map: resources.limits (cpus, memory, pids), resources.reservations (memory, devices), restart_policy.condition, replicas: 1',
		sets: ['cpus', 'memLimit', 'pidsLimit', 'memReservation', 'deviceRequests', 'restart'],
		parse: parseDeploy,
	},
	gpus: {
		accepts: 'all, or list of {driver, count, device_ids, capabilities, options}',
		sets: ['deviceRequests'],
		parse: (value, place) => ({ deviceRequests: parseGpus(value, place) }),
	},
};

interface IgnoredKey {
	readonly reason: string;
	/** Values that describe what happens anyway, so they give no notice. */
	readonly silent?: readonly unknown[];
}

const BUILT = 'it is used when the release is built';
const FILES = 'the files of the project are not on the device';
const WINDOWS = 'only Windows has it';
const ONE_CONTAINER = 'a service is one container';
const TOP_LEVEL = 'a release brings services, networks and volumes to the device, and no definitions of these';
const BY_NAME = 'services reach each other by their names; aliases of a network give further ones';
const NO_COMMANDS = 'the supervisor runs no commands in containers';

export const IGNORED_KEYS: Readonly<Record<string, IgnoredKey>> = {
	annotations: { reason: `${NEWER_ENGINE} (API 1.43)` },
	attach: { reason: 'no terminal is attached; the logs are collected' },
	build: { reason: BUILT },
	configs: { reason: TOP_LEVEL },
	containerName: { reason: 'the supervisor names containers after their release' },
	cpuCount: { reason: WINDOWS },
	cpuPercent: { reason: WINDOWS },
	credentialSpec: { reason: WINDOWS },
	develop: { reason: 'it is for the machine of the developer' },
	envFile: { reason: FILES },
	expose: { reason: 'on the networks of an app all ports can be reached' },
	extends: { reason: BUILT },
	externalLinks: { reason: BY_NAME },
	isolation: { reason: WINDOWS, silent: ['default'] },
	labelFile: { reason: FILES },
	links: { reason: BY_NAME },
	models: { reason: TOP_LEVEL },
	platform: { reason: 'the images of a release are those for the type of the device' },
	postStart: { reason: NO_COMMANDS },
	preStop: { reason: NO_COMMANDS },
	provider: { reason: NO_COMMANDS },
	pullPolicy: {
		reason: 'an image is known by its content and fetched when it is missing',
		silent: ['missing', 'if_not_present'],
	},
	scale: { reason: ONE_CONTAINER, silent: [1, '1'] },
	secrets: { reason: TOP_LEVEL },
	storageOpt: { reason: 'it needs a file system with quotas, which devices do not have' },
	useApiSocket: { reason: 'the label io.balena.features.balena-socket does this' },
	volumeDriver: { reason: 'a volume of the release names its driver' },
	volumesFrom: { reason: 'a volume of the release can be mounted by several services' },
};

/** Keys that leave the service out of the app: see `service-filter.ts`. */
const LEAVING_OUT: readonly string[] = ['profiles'];

/** Whether the key is a known ignored one. It gives a notice with the reason, unless its value has no effect. */
export function noteIgnored(name: string, value: unknown, place: Place, key: string): boolean {
	if (key.startsWith('x-') || LEAVING_OUT.includes(name)) {
		return true;
	}
	const ignored = Object.hasOwn(IGNORED_KEYS, name) ? IGNORED_KEYS[name] : undefined;
	if (ignored === undefined) {
		return false;
	}
	if (value != null && ignored.silent?.includes(value) !== true) {
		place.note(`Ignoring ${key}: ${ignored.reason}`);
	}
	return true;
}
