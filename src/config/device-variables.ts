import { inspect } from 'node:util';
import type { CurrentSettings } from '../domain/device-config.ts';
import type { ConfigValues } from './config.ts';
import { schemaOf, type MutableKey } from './schema.ts';
import { BOOL } from './value-types.ts';

type Variables = Readonly<Record<string, string>>;

interface Variable {
	readonly name: string;
	readonly key: MutableKey;
	readonly default: string;
	readonly needsReboot?: true;
}

/** Variables that set a store key (spec: config 5.2). The order is that of evaluation and of logged JSON. */
const VARIABLES = [
	{ name: 'SUPERVISOR_POLL_INTERVAL', key: 'appUpdatePollInterval', default: '900000' },
	{ name: 'SUPERVISOR_INSTANT_UPDATE_TRIGGER', key: 'instantUpdates', default: 'true' },
	{ name: 'SUPERVISOR_LOCAL_MODE', key: 'localMode', default: 'false' },
	{ name: 'SUPERVISOR_CONNECTIVITY_CHECK', key: 'connectivityCheckEnabled', default: 'true' },
	{ name: 'SUPERVISOR_LOG_CONTROL', key: 'loggingEnabled', default: 'true' },
	{ name: 'SUPERVISOR_API_REQUEST_TIMEOUT', key: 'apiRequestTimeout', default: '59000' },
	{ name: 'SUPERVISOR_DELTA', key: 'delta', default: 'false' },
	{ name: 'SUPERVISOR_DELTA_REQUEST_TIMEOUT', key: 'deltaRequestTimeout', default: '59000' },
	{ name: 'SUPERVISOR_DELTA_APPLY_TIMEOUT', key: 'deltaApplyTimeout', default: '0' },
	{ name: 'SUPERVISOR_DELTA_RETRY_COUNT', key: 'deltaRetryCount', default: '30' },
	{ name: 'SUPERVISOR_DELTA_RETRY_INTERVAL', key: 'deltaRetryInterval', default: '10000' },
	{ name: 'SUPERVISOR_DELTA_VERSION', key: 'deltaVersion', default: '2' },
	{ name: 'SUPERVISOR_OVERRIDE_LOCK', key: 'lockOverride', default: 'false' },
	{ name: 'SUPERVISOR_PERSISTENT_LOGGING', key: 'persistentLogging', default: 'false', needsReboot: true },
	{ name: 'HOST_FIREWALL_MODE', key: 'firewallMode', default: 'off' },
	{ name: 'HOST_DISCOVERABILITY', key: 'hostDiscoverability', default: 'true' },
	{ name: 'SUPERVISOR_HARDWARE_METRICS', key: 'hardwareMetrics', default: 'true' },
] as const satisfies readonly Variable[];

export type VariableKey = (typeof VARIABLES)[number]['key'];
export const VARIABLE_KEYS: readonly VariableKey[] = VARIABLES.map(({ key }) => key);

/** What `settingsToChange` compares with. */
export const COMPARED_KEYS: readonly (VariableKey | 'unmanaged')[] = [...VARIABLE_KEYS, 'unmanaged'];

/** Set through the openvpn unit and not through a store key. */
const VPN_CONTROL = 'SUPERVISOR_VPN_CONTROL';

export const DEFAULT_VARIABLES: Variables = {
	[VPN_CONTROL]: 'true',
	...Object.fromEntries(VARIABLES.map((variable) => [variable.name, variable.default])),
};

/** Names that some boot backend understands, whatever this device's type: a device may change its type. */
const BOOT_VARIABLE = /^HOST_(?:CONFIG_.*|CONFIGFS_ssdt|EXTLINUX_.*|ODMDATA_.*|SPLASH_[Ii][Mm][Aa][Gg][Ee])$/;
const OVERRIDE_LOCK = 'OVERRIDE_LOCK';

/** Without prefixes, `BALENA_` before `RESIN_` before none; without names that mean nothing (spec: config 5.1). */
export function normaliseVariables(config: Variables): Variables {
	const names = Object.keys(config);
	const ranked = [
		...names.filter((name) => !/^(?:BALENA|RESIN)_/.test(name)),
		...names.filter((name) => name.startsWith('RESIN_')),
		...names.filter((name) => name.startsWith('BALENA_')),
	];
	const byName = new Map(ranked.map((name) => [name.replace(/^(?:BALENA|RESIN)_/, ''), config[name] ?? '']));
	return Object.fromEntries([...byName].filter(([name]) => isKnownVariable(name)));
}

/** The form in which the variables of a target are kept. Kept ones stay the same. */
export function variablesToStore(config: Variables): Variables {
	const variables = normaliseVariables(config);
	const overrideLock = variables[OVERRIDE_LOCK];
	return overrideLock === undefined ? variables : { ...variables, SUPERVISOR_OVERRIDE_LOCK: overrideLock };
}

export interface SettingsPlan {
	/** Store key → wanted value, for `config.set`. */
	readonly settings: { readonly [K in VariableKey]?: NonNullable<ConfigValues[K]> };
	/** The same by variable, as texts: what the user is told. */
	readonly variables: Variables;
	/** Of these, the keys that take effect after a reboot. */
	readonly rebootKeys: readonly VariableKey[];
	/** For the user: values that mean nothing, and what is used in their place. */
	readonly warnings: readonly string[];
}

/**
 * What differs from the target's variables, given in the form in which they are kept. A value that means nothing counts as
 * the default (spec: config 5.3, 5.4).
 */
export function settingsToChange(target: Variables, current: CurrentSettings): SettingsPlan {
	const settings: Record<string, unknown> = {};
	const variables: Record<string, string> = {};
	const rebootKeys: VariableKey[] = [];
	const warnings: string[] = [];
	for (const variable of VARIABLES) {
		const { name, key } = variable;
		const initial = key === 'localMode' && current['unmanaged'] === true ? 'true' : variable.default;
		const wanted = target[name] ?? initial;
		const decoded = schemaOf(key).type.decode(wanted);
		const value = decoded.ok ? decoded.value : decodeDefault(key, initial);
		if (value === current[key]) {
			continue;
		}
		if (!decoded.ok) {
			warnings.push(
				`Warning: Ignoring invalid device configuration value for ${key}, value: ${inspect(wanted)}. ` +
					`Falling back to default (${initial})`,
			);
		}
		settings[key] = value;
		variables[name] = decoded.ok ? wanted : initial;
		if ('needsReboot' in variable) {
			rebootKeys.push(key);
		}
	}
	return { settings, variables, rebootKeys, warnings };
}

/** Whether a target wants the VPN. What is neither true nor false does not cut a device off. */
export function wantsVpn(target: Variables): boolean {
	const decoded = BOOL.decode(target[VPN_CONTROL] ?? 'true');
	return !decoded.ok || decoded.value;
}

/** The variables that would set what is set, without the VPN's; empty texts where nothing is set. */
export function variablesOf(current: CurrentSettings): Variables {
	return Object.fromEntries(VARIABLES.map(({ name, key }) => [name, String(current[key] ?? '')]));
}

function decodeDefault(key: VariableKey, text: string): unknown {
	const decoded = schemaOf(key).type.decode(text);
	return decoded.ok ? decoded.value : undefined;
}

function isKnownVariable(name: string): boolean {
	return Object.hasOwn(DEFAULT_VARIABLES, name) || name === OVERRIDE_LOCK || BOOT_VARIABLE.test(name);
}
