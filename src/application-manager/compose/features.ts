import type { DeviceRequest, ServiceConfig } from '../../domain/service.ts';
import type { TargetService } from '../../domain/target.ts';
import type { ImageInspection } from '../../ports/engine.ts';
import { keysOf } from './composition-keys.ts';
import type { ComposeContext } from './context.ts';
import { hasFeature, mergeLabels, parseLabels, type Labels } from './labels.ts';
import type { Mount } from './mounts.ts';
import { noFindings, Place } from './place.ts';
import { isBridgeMode, type ServiceNetworks } from './service-networks.ts';
import { SUPERVISOR_NETWORK } from './supervisor-network.ts';

/** The parts of a service that feature labels may add to; the lists belong to this service only. */
export interface FeatureParts {
	readonly networkMode: string;
	readonly environment: Record<string, string>;
	readonly volumes: Mount[];
	readonly deviceRequests: DeviceRequest[];
	networks: ServiceNetworks;
}

interface FeatureFacts {
	readonly context: ComposeContext;
	readonly supervisorApiKey: string | undefined;
}

export const EXTRA_FIRMWARE_VOLUME = 'extra-firmware';
const SUPERVISOR_API = 'supervisor-api';
const SOCKET_IN_CONTAINER = '/host/run/balena-engine.sock';
const SOCKET_OF_BALENA = '/var/run/balena.sock';

/** Label (without its prefix) → the parts that it adds, in the order in which they apply (spec: compose 2.7.3). */
const FEATURES: Readonly<Record<string, (parts: FeatureParts, facts: FeatureFacts) => void>> = {
	'journal-logs': ({ volumes }) => {
		volumes.push('/var/log/journal:/var/log/journal:ro');
		volumes.push('/run/log/journal:/run/log/journal:ro');
		volumes.push('/etc/machine-id:/etc/machine-id:ro');
	},
	dbus: ({ volumes }) => void volumes.push('/run/dbus:/host/run/dbus'),
	'kernel-modules': ({ volumes }, { context }) => {
		if (context.hasKernelModules) {
			volumes.push('/lib/modules:/lib/modules');
		}
	},
	firmware: ({ volumes }, { context }) => {
		if (context.hasFirmware) {
			volumes.push('/lib/firmware:/lib/firmware');
		}
	},
	'balena-socket': ({ volumes, environment }, { context }) => {
		const source = context.dockerSocket;
		for (const target of new Set([SOCKET_IN_CONTAINER, source, SOCKET_OF_BALENA])) {
			volumes.push({ type: 'bind', source, target });
		}
		environment['DOCKER_HOST'] ??= `unix://${SOCKET_IN_CONTAINER}`;
	},
	'balena-api': ({ environment }, { context }) => {
		setBoth(environment, 'API_KEY', context.deviceApiKey);
		setBoth(environment, 'API_URL', context.apiEndpoint);
	},
	[SUPERVISOR_API]: addSupervisorApi,
	sysfs: ({ volumes }) => void volumes.push('/sys:/sys'),
	procfs: ({ volumes }) => void volumes.push('/proc:/proc'),
	gpu: ({ deviceRequests }) =>
		void deviceRequests.push({ Driver: '', Count: 1, DeviceIDs: [], Capabilities: [['gpu']], Options: {} }),
	'host-os.board-rev': ({ environment }, { context }) => {
		if (context.boardRev !== undefined) {
			setBoth(environment, 'HOST_OS_BOARD_REV', context.boardRev);
			setBoth(environment, 'HOST_OS_BUILD', context.boardRev);
		}
	},
	'extra-firmware': ({ volumes }) =>
		void volumes.push({ type: 'volume', source: EXTRA_FIRMWARE_VOLUME, target: '/extra-firmware' }),
};
const FEATURE_ENTRIES = Object.entries(FEATURES);
export const FEATURE_NAMES: readonly string[] = Object.keys(FEATURES);

export function applyFeatures(parts: FeatureParts, labels: Labels, facts: FeatureFacts): void {
	for (const [feature, apply] of FEATURE_ENTRIES) {
		if (hasFeature(labels, feature)) {
			apply(parts, facts);
		}
	}
}

/** Where a service finds its key of the device API. */
export const API_KEY_VARIABLE = 'BALENA_SUPERVISOR_API_KEY';

/** A container without its own addresses cannot join `supervisor0`: the engine would refuse (spec: compose C17). */
function addSupervisorApi(parts: FeatureParts, { context, supervisorApiKey }: FeatureFacts): void {
	const host = parts.networkMode === 'host' ? '127.0.0.1' : context.supervisorHost;
	setBoth(parts.environment, 'SUPERVISOR_API_KEY', supervisorApiKey ?? '');
	setBoth(parts.environment, 'SUPERVISOR_PORT', String(context.listenPort));
	setBoth(parts.environment, 'SUPERVISOR_HOST', host);
	setBoth(parts.environment, 'SUPERVISOR_ADDRESS', `http://${host}:${context.listenPort}`);
	if (isBridgeMode(parts.networkMode)) {
		parts.networks = { ...parts.networks, [SUPERVISOR_NETWORK]: {} };
	}
}

function setBoth(environment: Record<string, string>, suffix: string, value: string): void {
	environment[`RESIN_${suffix}`] = value;
	environment[`BALENA_${suffix}`] = value;
}

/** Whether `composeService` needs a scoped key; evaluated before composing. */
export function wantsSupervisorApi(service: TargetService, image?: ImageInspection): boolean {
	// A label that cannot be read gets its notice when the service is composed.
	const nowhere = new Place('', noFindings());
	const composed = keysOf(service.composition).get('labels')?.value;
	const labels = mergeLabels({
		image: image?.Config ?? {},
		composition: parseLabels(composed ?? {}, nowhere) ?? {},
		target: parseLabels(service.labels, nowhere) ?? {},
		identity: {},
	});
	return needsSupervisorApiKey(labels);
}

/** Whether it is on `supervisor0`, or was disconnected outside the supervisor (spec: planner 6.2). */
export function isOnSupervisorNetwork({ labels, networks, networkMode }: ServiceConfig): boolean {
	return SUPERVISOR_NETWORK in networks || (hasFeature(labels, SUPERVISOR_API) && isBridgeMode(networkMode));
}

export function needsSupervisorApiKey(labels: Labels): boolean {
	return hasFeature(labels, SUPERVISOR_API);
}
