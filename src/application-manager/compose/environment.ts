import type { ServiceIdentity } from '../../domain/service.ts';
import type { PlainObject } from '../../lib/is-plain-object.ts';
import type { ComposeContext } from './context.ts';
import { parsePairs, splitPair } from './parse-pairs.ts';
import { textOfScalar } from './parse-scalar.ts';
import type { Place } from './place.ts';

type Environment = Readonly<Record<string, string>>;

/** Only in the create request: renaming a device does not recreate its containers. */
const DEVICE_NAME_VARIABLES = ['RESIN_DEVICE_NAME_AT_INIT', 'BALENA_DEVICE_NAME_AT_INIT'] as const;
const LOCK_PATH = '/tmp/balena/updates.lock';
const HANDOVER_COMPLETE_PATH = '/tmp/balena/handover-complete';

/** The engine takes `NAME=value`, so a name ends at the first `=`. */
export function parseEnvironment(value: unknown, place: Place): Environment | undefined {
	const environment = parsePairs(value, place);
	for (const name in environment) {
		if (name === '' || name.includes('=')) {
			place.refuse(`expected names that are not empty and have no "=", came ${JSON.stringify(name)}`);
		}
	}
	return environment;
}

/**
 * Later parts fill in what is missing; features are added on top (spec: compose 2.6). Assigning to one object is forty
 * times as fast as spreading into a new one, and this is most of the time of composing.
 */
export function mergeEnvironment(parts: {
	readonly target: Environment;
	readonly composition: Environment;
	/** Filled in place; also the result. */
	readonly builtIn: Record<string, string>;
	readonly image: PlainObject;
}): Record<string, string> {
	const merged = Object.assign(parts.builtIn, parts.composition, parts.target);
	for (const [name, value] of Object.entries(readEnvironment(parts.image['Env']))) {
		merged[name] ??= value;
	}
	return withoutDeviceName(merged);
}

function withoutDeviceName(environment: Record<string, string>): Record<string, string> {
	if (!DEVICE_NAME_VARIABLES.some((name) => Object.hasOwn(environment, name))) {
		return environment;
	}
	const names: readonly string[] = DEVICE_NAME_VARIABLES;
	return Object.fromEntries(Object.entries(environment).filter(([name]) => !names.includes(name)));
}

/** Written out, not generated: it runs for each service in each pass. */
export function builtInEnvironment(
	identity: ServiceIdentity,
	appName: string,
	context: ComposeContext,
): Record<string, string> {
	const appId = String(identity.appId);
	const { appUuid, serviceName } = identity;
	const { deviceUuid, deviceType, deviceArch, hostOsVersion } = context;
	const variables: Record<string, string> = {
		BALENA_APP_ID: appId,
		RESIN_APP_ID: appId,
		BALENA_APP_UUID: appUuid,
		RESIN_APP_UUID: appUuid,
		BALENA_APP_NAME: appName,
		RESIN_APP_NAME: appName,
		BALENA_SERVICE_NAME: serviceName,
		RESIN_SERVICE_NAME: serviceName,
		BALENA_DEVICE_UUID: deviceUuid,
		RESIN_DEVICE_UUID: deviceUuid,
		BALENA_DEVICE_TYPE: deviceType,
		RESIN_DEVICE_TYPE: deviceType,
		BALENA_DEVICE_ARCH: deviceArch,
		RESIN_DEVICE_ARCH: deviceArch,
		BALENA_APP_LOCK_PATH: LOCK_PATH,
		RESIN_APP_LOCK_PATH: LOCK_PATH,
		BALENA: '1',
		RESIN: '1',
		RESIN_SERVICE_KILL_ME_PATH: HANDOVER_COMPLETE_PATH,
		BALENA_SERVICE_HANDOVER_COMPLETE_PATH: HANDOVER_COMPLETE_PATH,
		USER: 'root',
	};
	if (hostOsVersion !== undefined) {
		variables['BALENA_HOST_OS_VERSION'] = hostOsVersion;
		variables['RESIN_HOST_OS_VERSION'] = hostOsVersion;
	}
	return variables;
}

export function environmentList(environment: Environment): readonly string[] {
	return Object.entries(environment).map(([key, value]) => `${key}=${value}`);
}

export function deviceNameList(deviceName: string): readonly string[] {
	return DEVICE_NAME_VARIABLES.map((name) => `${name}=${deviceName}`);
}

/** Items without `=` cannot come from a target and are skipped. */
export function readEnvironment(raw: unknown): Environment {
	const environment: Record<string, string> = {};
	for (const item of Array.isArray(raw) ? (raw as readonly unknown[]) : []) {
		const { key, value } = splitPair(textOfScalar(item));
		if (value !== undefined) {
			environment[key] = value;
		}
	}
	return withoutDeviceName(environment);
}
