import { inspect } from 'node:util';
import type { CurrentSettings } from '../domain/device-config.ts';
import type { Decoded } from '../domain/issue.ts';
import { isUnmanaged } from './derived-settings.ts';
import { SCHEMA, schemaOf, type Settings, type SettingsChange } from './schema.ts';
import { BOOL } from './value-types.ts';

type Variables = Readonly<Record<string, string>>;

interface Variable {
	readonly name: string;
	readonly setting: keyof SettingsChange;
	/** Where the setting has none of its own. */
	readonly default?: string;
	readonly needsReboot?: true;
}

/** Variables that set a setting (spec: config 5.2). The order is that of evaluation and of logged JSON. */
const VARIABLES = [
	{ name: 'SUPERVISOR_POLL_INTERVAL', setting: 'pollIntervalMs' },
	{ name: 'SUPERVISOR_INSTANT_UPDATE_TRIGGER', setting: 'instantUpdates' },
	{ name: 'SUPERVISOR_LOCAL_MODE', setting: 'localMode' },
	{ name: 'SUPERVISOR_CONNECTIVITY_CHECK', setting: 'connectivityCheckEnabled' },
	{ name: 'SUPERVISOR_LOG_CONTROL', setting: 'loggingEnabled' },
	{ name: 'SUPERVISOR_API_REQUEST_TIMEOUT', setting: 'requestTimeoutMs' },
	{ name: 'SUPERVISOR_DELTA', setting: 'delta' },
	{ name: 'SUPERVISOR_DELTA_REQUEST_TIMEOUT', setting: 'deltaRequestTimeoutMs' },
	{ name: 'SUPERVISOR_DELTA_APPLY_TIMEOUT', setting: 'deltaApplyTimeoutMs' },
	{ name: 'SUPERVISOR_DELTA_RETRY_COUNT', setting: 'deltaRetryCount' },
	{ name: 'SUPERVISOR_DELTA_RETRY_INTERVAL', setting: 'deltaRetryIntervalMs' },
	{ name: 'SUPERVISOR_DELTA_VERSION', setting: 'deltaVersion' },
	{ name: 'SUPERVISOR_OVERRIDE_LOCK', setting: 'lockOverride' },
	{ name: 'SUPERVISOR_PERSISTENT_LOGGING', setting: 'persistentLogging', needsReboot: true },
	{ name: 'HOST_FIREWALL_MODE', setting: 'firewallMode', default: 'off' },
	{ name: 'HOST_DISCOVERABILITY', setting: 'hostDiscoverability' },
	{ name: 'SUPERVISOR_HARDWARE_METRICS', setting: 'hardwareMetrics' },
] as const satisfies readonly Variable[];

/** Settings whose change takes effect with a reboot, by variable. */
export const REBOOT_SETTINGS: Variables = Object.fromEntries(
	VARIABLES.flatMap((variable) => ('needsReboot' in variable ? [[variable.name, variable.setting]] : [])),
);

type VariableSettings = Pick<Settings, (typeof VARIABLES)[number]['setting']>;

/** Set through the openvpn unit and not through a store key. */
const VPN_CONTROL = 'SUPERVISOR_VPN_CONTROL';

export const DEFAULT_VARIABLES: Variables = {
	[VPN_CONTROL]: 'true',
	...Object.fromEntries(VARIABLES.map((variable) => [variable.name, defaultOf(variable)])),
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

interface SettingsPlan {
	/** Wanted values, for `config.set`. */
	readonly settings: { readonly [N in keyof VariableSettings]?: NonNullable<VariableSettings[N]> };
	/** The same by variable, as texts: what the user is told. */
	readonly variables: Variables;
	/** Of these settings, what takes effect after a reboot: key under which it is stored → wanted value, as a text. */
	readonly afterReboot: Variables;
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
	const afterReboot: Record<string, string> = {};
	const warnings: string[] = [];
	for (const variable of VARIABLES) {
		const { name, setting } = variable;
		const { key, type } = schemaOf(setting);
		const initial = setting === 'localMode' && current['unmanaged'] === true ? 'true' : defaultOf(variable);
		const wanted = target[name] ?? initial;
		const decoded = type.decode(wanted);
		const value = decoded.ok ? decoded.value : valueOf(type.decode(initial));
		if (value === current[setting]) {
			continue;
		}
		if (!decoded.ok) {
			warnings.push(
				`Warning: Ignoring invalid device configuration value for ${key}, value: ${inspect(wanted)}. ` +
					`Falling back to default (${initial})`,
			);
		}
		settings[setting] = value;
		variables[name] = decoded.ok ? wanted : initial;
		if ('needsReboot' in variable) {
			afterReboot[key] = String(value);
		}
	}
	return { settings, variables, afterReboot, warnings };
}

/** Whether a target wants the VPN. What is neither true nor false does not cut a device off. */
export function wantsVpn(target: Variables): boolean {
	const decoded = BOOL.decode(target[VPN_CONTROL] ?? 'true');
	return !decoded.ok || decoded.value;
}

/** What `settingsToChange` compares with. */
export function comparedSettings(settings: VariableSettings & Pick<Settings, 'apiEndpoint'>): CurrentSettings {
	const values = VARIABLES.map(({ setting }) => [setting, settings[setting]] as const);
	return { ...Object.fromEntries(values), unmanaged: isUnmanaged(settings) };
}

/** The variables that would set what is set, without the VPN's; empty texts where nothing is set. */
export function variablesOf(settings: VariableSettings): Variables {
	return Object.fromEntries(VARIABLES.map(({ name, setting }) => [name, String(settings[setting] ?? '')]));
}

function defaultOf({ setting, default: own }: Variable): string {
	return own ?? String(SCHEMA[setting].default);
}

function valueOf(decoded: Decoded<unknown>): unknown {
	return decoded.ok ? decoded.value : undefined;
}

function isKnownVariable(name: string): boolean {
	return Object.hasOwn(DEFAULT_VARIABLES, name) || name === OVERRIDE_LOCK || BOOT_VARIABLE.test(name);
}
