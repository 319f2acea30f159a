import type { Decoded } from '../domain/issue.ts';
import { ConfigError } from './config-error.ts';
import type { PlainObject } from '../lib/is-plain-object.ts';
import { DEFAULT_SETTINGS, schemaOf, SETTING_NAMES, type SettingName, type Settings } from './schema.ts';

/** A stored value that its type refuses: the default holds in its place (decision D18). */
export interface RefusedValue {
	readonly name: SettingName;
	readonly raw: unknown;
}

interface Stored {
	/** Of config.json. */
	readonly properties: Readonly<Record<string, unknown>>;
	/** Of table `config`. */
	readonly rows: ReadonlyMap<string, string>;
}

export function decodeSettings({ properties, rows }: Stored): {
	readonly settings: Settings;
	readonly refused: readonly RefusedValue[];
} {
	const values: Partial<Record<SettingName, unknown>> = {};
	const refused: RefusedValue[] = [];
	for (const name of SETTING_NAMES) {
		const { source, key, type, secret, irreplaceable } = schemaOf(name);
		const raw = source === 'file' ? properties[key] : rows.get(key);
		if (raw == null) {
			continue;
		}
		// One without a default is replaced before, or there is none to replace it.
		const decoded = irreplaceable === true ? type.decode(raw) : decodeStored(name, raw);
		if (decoded.ok) {
			values[name] = decoded.value;
		} else if (irreplaceable === true) {
			throw invalidValue(key, secret === true ? 'hidden' : raw);
		} else {
			refused.push({ name, raw });
		}
	}
	// Each value has just been decoded by the type that `Settings` derives from.
	return { settings: { ...DEFAULT_SETTINGS, ...values } as Settings, refused };
}

/** For the log. */
interface ReplacedValue extends Readonly<Record<string, unknown>> {
	readonly setting: string;
	readonly where: string;
	/** Absent where it may be a key. */
	readonly value?: string;
	readonly used: string;
}

/**
 * config.json with its last good value for each setting that has no substitute and cannot be used (decision D14). Without
 * any, nothing is replaced, and decoding fails.
 */
export function replaceUnusable(
	file: PlainObject,
	good: PlainObject | undefined,
): { readonly properties: PlainObject; readonly replaced: readonly ReplacedValue[] } {
	const isUsable = (properties: PlainObject, { key, name }: (typeof IRREPLACEABLE)[number]) =>
		properties[key] == null || decodeStored(name, properties[key]).ok;
	const unusable = IRREPLACEABLE.filter((one) => !isUsable(file, one) && good !== undefined && isUsable(good, one));
	if (good === undefined || unusable.length === 0) {
		return { properties: file, replaced: [] };
	}
	const properties: Record<string, unknown> = { ...file };
	for (const { key } of unusable) {
		properties[key] = good[key] ?? null;
	}
	const replaced = unusable.map(({ key, secret }) => ({
		setting: key,
		where: 'config.json',
		...(secret === true ? {} : { value: describe(file[key]) }),
		used: 'the last good value',
	}));
	return { properties, replaced };
}

const IRREPLACEABLE = SETTING_NAMES.map((name) => ({ name, ...schemaOf(name) })).filter(
	({ irreplaceable }) => irreplaceable === true,
);

/** A number outside the range of its setting would end the process when it is used. */
function decodeStored(name: SettingName, raw: unknown): Decoded<unknown> {
	const { type, range } = schemaOf(name);
	const decoded = type.decode(raw);
	const isOutside = decoded.ok && range !== undefined && !range(decoded.value);
	return isOutside ? { ok: false, issues: [{ path: '', message: 'out of range' }] } : decoded;
}

const DESCRIBED_LENGTH_MAX = 100;

/** For the log. What may be a key, or a user's own text, is left out; an object only says what it is. */
export function describeRefused({ name, raw }: RefusedValue): Readonly<Record<string, unknown>> {
	const { source, key, secret, default: used } = schemaOf(name);
	return {
		setting: key,
		where: source === 'file' ? 'config.json' : 'table config',
		...(secret === true ? {} : { value: describe(raw) }),
		used: used ?? 'none',
	};
}

function invalidValue(key: string, raw: unknown): ConfigError {
	return new ConfigError(
		'config-invalid-value',
		`There was an error validating configuration input for key: ${key}, with value: ${describe(raw)}`,
	);
}

function describe(raw: unknown): string {
	const text = typeof raw === 'string' ? raw : typeof raw === 'object' ? 'an object' : JSON.stringify(raw);
	return text.slice(0, DESCRIBED_LENGTH_MAX);
}
