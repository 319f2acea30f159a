import { ConfigError } from './config-error.ts';
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
		const decoded = type.decode(raw);
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
