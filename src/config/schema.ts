import { BOOL, MAP, NUMBER, PINNED_RELEASE, STRING, TEXT_MAP, type ValueType } from './value-types.ts';

/** One setting that is kept (spec: config 4.1, 4.2). A default of `undefined` makes it optional. */
interface Key<T, D extends T | undefined, M extends boolean> {
	readonly source: 'file' | 'database';
	readonly type: ValueType<T>;
	readonly default: D;
	/** Changed through `Config`; the others are set by the operating system or from outside. */
	readonly mutable: M;
	/** Set to `null`, its property leaves config.json; all others stay as a literal `null`. */
	readonly removedWhenNull?: true;
}

function inFile<T, const D extends T | undefined>(type: ValueType<T>, value: D): Key<T, D, true> {
	return { source: 'file', type, default: value, mutable: true };
}

function inDatabase<T, const D extends T | undefined>(type: ValueType<T>, value: D): Key<T, D, true> {
	return { source: 'database', type, default: value, mutable: true };
}

function readOnly<T, D extends T | undefined>(key: Key<T, D, true>): Key<T, D, false> {
	return { ...key, mutable: false };
}

/** The one list of settings: where each lives, what it may be, and its default. */
export const SCHEMA = {
	apiEndpoint: readOnly(inFile(STRING, '')),
	apiTimeout: readOnly(inFile(NUMBER, 900_000)),
	listenPort: readOnly(inFile(NUMBER, 48_484)),
	deltaEndpoint: readOnly(inFile(STRING, 'https://delta.balena-cloud.com')),
	uuid: inFile(STRING, undefined),
	apiKey: { ...inFile(STRING, undefined), removedWhenNull: true },
	deviceApiKey: inFile(STRING, ''),
	deviceId: inFile(NUMBER, undefined),
	registered_at: inFile(NUMBER, undefined),
	applicationId: readOnly(inFile(NUMBER, undefined)),
	appUpdatePollInterval: inFile(NUMBER, 900_000),
	bootstrapRetryDelay: readOnly(inFile(NUMBER, 30_000)),
	hostname: inFile(STRING, undefined),
	persistentLogging: inFile(BOOL, false),
	initialDeviceName: readOnly(inFile(STRING, undefined)),
	developmentMode: readOnly(inFile(BOOL, false)),
	logsEndpoint: readOnly(inFile(STRING, undefined)),
	os: inFile(MAP, undefined),

	apiEndpointOverride: readOnly(inDatabase(STRING, undefined)),
	listenPortOverride: readOnly(inDatabase(NUMBER, undefined)),
	name: inDatabase(STRING, 'local'),
	initialConfigReported: inDatabase(STRING, ''),
	initialConfigSaved: inDatabase(BOOL, false),
	containersNormalised: inDatabase(BOOL, false),
	loggingEnabled: inDatabase(BOOL, true),
	connectivityCheckEnabled: inDatabase(BOOL, true),
	apiRequestTimeout: inDatabase(NUMBER, 59_000),
	delta: inDatabase(BOOL, false),
	deltaRequestTimeout: inDatabase(NUMBER, 59_000),
	deltaApplyTimeout: inDatabase(NUMBER, 0),
	deltaRetryCount: inDatabase(NUMBER, 30),
	deltaRetryInterval: inDatabase(NUMBER, 10_000),
	deltaVersion: inDatabase(NUMBER, 2),
	lockOverride: inDatabase(BOOL, false),
	legacyAppsPresent: inDatabase(BOOL, false),
	pinDevice: inDatabase(PINNED_RELEASE, undefined),
	targetStateSet: inDatabase(BOOL, false),
	localMode: inDatabase(BOOL, false),
	instantUpdates: inDatabase(BOOL, true),
	firewallMode: inDatabase(STRING, undefined),
	hostDiscoverability: inDatabase(BOOL, true),
	hardwareMetrics: inDatabase(BOOL, true),
	reportedTags: inDatabase(TEXT_MAP, undefined),
	targetTags: inDatabase(TEXT_MAP, undefined),
} as const;

type Schema = typeof SCHEMA;
export type StoredKey = keyof Schema;
export type MutableKey = { [K in StoredKey]: Schema[K]['mutable'] extends true ? K : never }[StoredKey];

type ValueOf<K extends StoredKey> = Schema[K]['type'] extends ValueType<infer T> ? T : never;
/** Optional exactly where there is no default. */
type Absent<K extends StoredKey> = Schema[K]['default'] extends undefined ? undefined : never;

export type StoredValues = { readonly [K in StoredKey]: ValueOf<K> | Absent<K> };

/** What `set` takes: `null` for a key without default takes the value away. */
export type SettingsChange = {
	readonly [K in MutableKey]?: ValueOf<K> | (Absent<K> extends never ? never : null);
};

export function isStoredKey(key: string): key is StoredKey {
	return Object.hasOwn(SCHEMA, key);
}

/** The row of a key of which only the name is known: its `encode` may only be given what its `decode` gave. */
export function schemaOf(key: StoredKey): Key<unknown, unknown, boolean> {
	return SCHEMA[key];
}
