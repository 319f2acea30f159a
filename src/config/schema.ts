import { BOOL, MAP, NUMBER, PINNED_RELEASE, STRING, TEXT_MAP, type ValueType } from './value-types.ts';

/** One setting that is kept (spec: config 4.1, 4.2). A default of `undefined` makes it optional. */
interface Setting<T, D extends T | undefined, M extends boolean> extends Traits {
	readonly source: 'file' | 'database';
	readonly type: ValueType<T>;
	readonly default: D;
	/** Changed through `Config`; the others are set by the operating system or from outside. */
	readonly mutable: M;
}

interface Traits {
	/** The property of config.json or the row of table `config`, where it is not our name. */
	readonly key?: string;
	/** Set to `null`, its property leaves config.json; all others stay as a literal `null`. */
	readonly removedWhenNull?: true;
	/** What is stored is never logged: it may hold a key, or what a user wrote. */
	readonly secret?: true;
	/** A wrong value has no default: the device would take another identity, or leave its cloud. The last good one holds. */
	readonly irreplaceable?: true;
	/** Parts are built from it once: a change from outside takes effect with the next start. Ours take effect at once. */
	readonly readAtStart?: true;
	/** Stored values for which it is false cannot be used. */
	readonly range?: (value: unknown) => boolean;
}

function inFile<T, const D extends T | undefined>(type: ValueType<T>, value: D, traits?: Traits): Setting<T, D, true> {
	return { source: 'file', type, default: value, mutable: true, ...traits };
}

function inTable<T, const D extends T | undefined>(type: ValueType<T>, value: D, traits?: Traits): Setting<T, D, true> {
	return { source: 'database', type, default: value, mutable: true, ...traits };
}

function readOnly<T, D extends T | undefined>(setting: Setting<T, D, true>): Setting<T, D, false> {
	return { ...setting, mutable: false };
}

function isPort(value: unknown): boolean {
	return typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= 65_535;
}

/** Another address than the one of the stored target would drop its apps. Empty: no cloud. */
function isEndpoint(value: unknown): boolean {
	if (typeof value !== 'string' || !URL.canParse(value)) {
		return value === '';
	}
	const { protocol, hostname } = new URL(value);
	return (protocol === 'http:' || protocol === 'https:') && hostname !== '';
}

function isDuration(value: unknown): boolean {
	return typeof value === 'number' && Number.isFinite(value) && value >= 0;
}

/** The one list of settings: our name with its unit, where it is kept and under which key, its type and its default. */
export const SCHEMA = {
	apiEndpoint: readOnly(inFile(STRING, '', { irreplaceable: true, readAtStart: true, range: isEndpoint })),
	apiSocketTimeoutMs: readOnly(inFile(NUMBER, 900_000, { key: 'apiTimeout', readAtStart: true, range: isDuration })),
	listenPort: readOnly(inFile(NUMBER, 48_484, { readAtStart: true, range: isPort })),
	deltaEndpoint: readOnly(inFile(STRING, 'https://delta.balena-cloud.com')),
	uuid: inFile(STRING, undefined, { irreplaceable: true, readAtStart: true }),
	provisioningKey: inFile(STRING, undefined, { key: 'apiKey', removedWhenNull: true, secret: true }),
	deviceApiKey: inFile(STRING, '', { secret: true, irreplaceable: true, readAtStart: true }),
	deviceId: inFile(NUMBER, undefined, { readAtStart: true }),
	/** Wall time, ms. */
	registeredAt: inFile(NUMBER, undefined, { key: 'registered_at', readAtStart: true }),
	applicationId: readOnly(inFile(NUMBER, undefined)),
	pollIntervalMs: inFile(NUMBER, 900_000, { key: 'appUpdatePollInterval' }),
	bootstrapRetryDelayMs: readOnly(inFile(NUMBER, 30_000, { key: 'bootstrapRetryDelay', range: isDuration })),
	hostname: inFile(STRING, undefined),
	persistentLogging: inFile(BOOL, false),
	initialDeviceName: readOnly(inFile(STRING, undefined)),
	developmentMode: readOnly(inFile(BOOL, false)),
	logsEndpoint: readOnly(inFile(STRING, undefined)),
	os: inFile(MAP, undefined, { secret: true }),

	apiEndpointOverride: readOnly(inTable(STRING, undefined)),
	/** 0: none. */
	listenPortOverride: readOnly(inTable(NUMBER, undefined, { range: (value) => value === 0 || isPort(value) })),
	deviceName: inTable(STRING, 'local', { key: 'name' }),
	/** The API endpoint to which the initial configuration was reported. */
	initialConfigReported: inTable(STRING, ''),
	initialConfigSaved: inTable(BOOL, false),
	containersNormalised: inTable(BOOL, false),
	loggingEnabled: inTable(BOOL, true),
	connectivityCheckEnabled: inTable(BOOL, true),
	requestTimeoutMs: inTable(NUMBER, 59_000, { key: 'apiRequestTimeout' }),
	delta: inTable(BOOL, false),
	deltaRequestTimeoutMs: inTable(NUMBER, 59_000, { key: 'deltaRequestTimeout' }),
	/** 0: no limit. */
	deltaApplyTimeoutMs: inTable(NUMBER, 0, { key: 'deltaApplyTimeout' }),
	/** Consecutive attempts without a received byte. */
	deltaRetryCount: inTable(NUMBER, 30),
	deltaRetryIntervalMs: inTable(NUMBER, 10_000, { key: 'deltaRetryInterval' }),
	deltaVersion: inTable(NUMBER, 2),
	lockOverride: inTable(BOOL, false),
	legacyAppsPresent: inTable(BOOL, false),
	/** The preloaded release to which the device is pinned once the cloud knows it. */
	pinnedRelease: inTable(PINNED_RELEASE, undefined, { key: 'pinDevice', secret: true }),
	targetStateSet: inTable(BOOL, false),
	localMode: inTable(BOOL, false),
	instantUpdates: inTable(BOOL, true),
	firewallMode: inTable(STRING, undefined),
	hostDiscoverability: inTable(BOOL, true),
	hardwareMetrics: inTable(BOOL, true),
	/** Variables of the first report that the cloud refused: name without prefix → value. */
	refusedVariables: inTable(TEXT_MAP, undefined, { secret: true }),
	reportedTags: inTable(TEXT_MAP, undefined, { secret: true }),
	targetTags: inTable(TEXT_MAP, undefined, { secret: true }),
} as const;

type Schema = typeof SCHEMA;
export type SettingName = keyof Schema;
type MutableName = { [N in SettingName]: Schema[N]['mutable'] extends true ? N : never }[SettingName];

type ValueOf<N extends SettingName> = Schema[N]['type'] extends ValueType<infer T> ? T : never;
/** Optional exactly where there is no default. */
type Absent<N extends SettingName> = Schema[N]['default'] extends undefined ? undefined : never;

export type Settings = { readonly [N in SettingName]: ValueOf<N> | Absent<N> };

/** What `set` takes: `null` for a setting without default takes the value away. */
export type SettingsChange = {
	readonly [N in MutableName]?: ValueOf<N> | (Absent<N> extends never ? never : null);
};

export const SETTING_NAMES = Object.keys(SCHEMA) as readonly SettingName[]; // the keys of a literal

export function isSettingName(name: string): name is SettingName {
	return Object.hasOwn(SCHEMA, name);
}

/** A setting of which only the name is known: its `encode` may only be given what its `decode` gave. */
export function schemaOf(name: SettingName): Setting<unknown, unknown, boolean> & { readonly key: string } {
	return { key: name, ...(SCHEMA[name] as Setting<unknown, unknown, boolean>) };
}

/** Of a device on which nothing is set. */
export const DEFAULT_SETTINGS = Object.fromEntries(
	SETTING_NAMES.map((name) => [name, SCHEMA[name].default]),
) as Settings; // each name with its own default
