import { randomUUID } from 'node:crypto';
import { inspect } from 'node:util';
import type { HostFacts, SettingRows, TextFile } from '../ports/settings.ts';
import { COMPUTED, COMPUTED_DEFAULTS, isComputedKey, type ComputedKey, type ComputedValues } from './computed-keys.ts';
import { ConfigError } from './config-error.ts';
import { ConfigJson } from './config-json.ts';
import {
	isStoredKey,
	schemaOf,
	type MutableKey,
	type SettingsChange,
	type StoredKey,
	type StoredValues,
} from './schema.ts';

export type ConfigValues = StoredValues & ComputedValues;
export type ConfigKey = keyof ConfigValues;

export interface ConfigOptions {
	readonly rows: SettingRows;
	readonly configJson: TextFile;
	readonly host: HostFacts;
	/** What `version` reads: see `reportedVersion`. */
	readonly version: string;
}

/** Gets exactly what was given to `set`, decoded, also where nothing differs from before. */
export type ConfigListener = (changed: SettingsChange) => void;

export class Config {
	readonly #options: ConfigOptions;
	readonly #configJson: ConfigJson;
	readonly #listeners = new Set<ConfigListener>();

	constructor(options: ConfigOptions) {
		this.#options = options;
		this.#configJson = new ConfigJson(options.configJson);
	}

	/**
	 * Gives the device its identity, once in its life; `deviceApiKey` only where there is a cloud to use it. Without a
	 * cloud it is in local mode, and tells the next one everything (spec: cloud-api 17.2).
	 */
	async start(): Promise<void> {
		const { uuid, deviceApiKey, unmanaged, localMode, initialConfigReported } = await this.getMany([
			'uuid',
			'deviceApiKey',
			'unmanaged',
			'localMode',
			'initialConfigReported',
		]);
		const missing = {
			...(unmanaged && !localMode && { localMode: true }),
			// The cloud that it left knows, but may have changed when the device comes back.
			...(unmanaged && initialConfigReported !== '' && { initialConfigReported: '' }),
			...(uuid === undefined && { uuid: this.newUniqueKey() }),
			...(!unmanaged && deviceApiKey === '' && { deviceApiKey: this.newUniqueKey() }),
		};
		if (Object.keys(missing).length > 0) {
			await this.set(missing);
		}
	}

	async get<K extends ConfigKey>(key: K): Promise<ConfigValues[K]> {
		return (await this.getMany([key]))[key];
	}

	/** One query for all keys of the database. Rejects if one of them cannot be read. */
	async getMany<K extends ConfigKey>(keys: readonly K[]): Promise<Pick<ConfigValues, K>> {
		const names = [...new Set<string>(keys)];
		const unknown = names.find((key) => !isStoredKey(key) && !isComputedKey(key));
		if (unknown !== undefined) {
			throw new ConfigError('config-unknown-key', `Unknown config value ${unknown}`);
		}
		const stored = await this.#readRaw(names.filter(isStoredKey));
		const values = new Map<string, unknown>();
		for (const key of names) {
			values.set(key, isComputedKey(key) ? await this.#compute(key) : decodeStored(key, stored.get(key)));
		}
		// Each key has just been decoded by the type that `ConfigValues` derives from.
		return Object.fromEntries(values) as Pick<ConfigValues, K>;
	}

	/**
	 * All or nothing, except that power may fail between the file and the rows: the rows are then as before.
	 * Tells the listeners when all is written.
	 */
	async set(changes: SettingsChange): Promise<void> {
		const decoded = decodeChanges(changes);
		await this.#store(decoded);
		this.#tell(Object.fromEntries(decoded));
	}

	/** Back to the default. Listeners are not told. */
	async remove(key: MutableKey): Promise<void> {
		if (!isStoredKey(key) || !schemaOf(key).mutable) {
			throw new ConfigError('config-immutable-key', `Attempt to delete non-existent or immutable key ${key}`);
		}
		if (schemaOf(key).source === 'database') {
			await this.#options.rows.write(new Map([[key, undefined]]));
		} else if ((await this.#configJson.read())[key] != null) {
			await this.#configJson.update(new Map([[key, undefined]]));
		}
	}

	/** Whether `set` would take it. */
	valueIsValid(key: StoredKey, value: unknown): boolean {
		const { type, default: initial } = schemaOf(key);
		return (value == null && initial === undefined) || type.decode(value).ok;
	}

	/** Returns what takes the listener off again. */
	onChange(listener: ConfigListener): () => void {
		this.#listeners.add(listener);
		return () => {
			this.#listeners.delete(listener);
		};
	}

	/** 32 lower-case hexadecimal digits. */
	newUniqueKey(): string {
		return randomUUID().replaceAll('-', '');
	}

	/** A new identity: the cloud has refused the old one. */
	async regenerateRegistrationFields(): Promise<void> {
		await this.set({ uuid: this.newUniqueKey(), deviceApiKey: this.newUniqueKey() });
	}

	async #readRaw(keys: readonly StoredKey[]): Promise<ReadonlyMap<string, unknown>> {
		const inFile = keys.filter((key) => schemaOf(key).source === 'file');
		const inDatabase = keys.filter((key) => schemaOf(key).source === 'database');
		const properties = inFile.length === 0 ? {} : await this.#configJson.read();
		const rows = inDatabase.length === 0 ? new Map<string, string>() : await this.#options.rows.read(inDatabase);
		return new Map<string, unknown>([...inFile.map((key): [string, unknown] => [key, properties[key]]), ...rows]);
	}

	async #compute(key: ComputedKey): Promise<unknown> {
		const { host, version } = this.#options;
		try {
			return await COMPUTED[key]({ host, version, getMany: (keys) => this.getMany(keys) });
		} catch (cause) {
			const initial = COMPUTED_DEFAULTS[key];
			if (initial !== undefined) {
				return initial;
			}
			throw invalidValue(key, undefined, cause);
		}
	}

	async #store(decoded: ReadonlyMap<StoredKey, unknown>): Promise<void> {
		const file = new Map<string, unknown>();
		const rows = new Map<StoredKey, unknown>();
		for (const [key, value] of decoded) {
			const { source, removedWhenNull } = schemaOf(key);
			if (source === 'database') {
				rows.set(key, value);
			} else {
				file.set(key, value === null && removedWhenNull === true ? undefined : value);
			}
		}
		const texts = await this.#changedRows(rows);
		if (texts.size === 0) {
			await this.#configJson.update(file);
			return;
		}
		// The file is written inside the transaction, against the habit: when that fails, the rows must not change either.
		await this.#options.rows.write(texts, async () => {
			await this.#configJson.update(file);
		});
	}

	/** An unchanged row is not written: flash wears out. Objects are not compared. */
	async #changedRows(rows: ReadonlyMap<StoredKey, unknown>): Promise<ReadonlyMap<string, string | undefined>> {
		const present = rows.size === 0 ? new Map<string, string>() : await this.#options.rows.read([...rows.keys()]);
		const changed = new Map<string, string | undefined>();
		for (const [key, value] of rows) {
			const { type } = schemaOf(key);
			const before = type.decode(present.get(key));
			if (value == null) {
				changed.set(key, undefined);
			} else if (!present.has(key) || !before.ok || before.value !== value) {
				changed.set(key, type.encode(value));
			}
		}
		return changed;
	}

	#tell(changed: SettingsChange): void {
		for (const listener of this.#listeners) {
			listener(changed);
		}
	}
}

function decodeStored(key: string, raw: unknown): unknown {
	if (!isStoredKey(key)) {
		return undefined;
	}
	const { type, default: initial } = schemaOf(key);
	if (raw == null) {
		return initial;
	}
	const decoded = type.decode(raw);
	if (!decoded.ok) {
		throw invalidValue(key, raw);
	}
	return decoded.value;
}

/** Checks every key and every value before anything is written. */
function decodeChanges(changes: SettingsChange): ReadonlyMap<StoredKey, unknown> {
	const keys = Object.keys(changes);
	const decoded = new Map<StoredKey, unknown>();
	const refused = keys.find((key) => !isStoredKey(key) || !schemaOf(key).mutable);
	if (refused !== undefined) {
		throw new ConfigError('config-immutable-key', `Attempt to set value for non-mutable schema key: ${refused}`);
	}
	for (const key of keys.filter(isStoredKey)) {
		const value: unknown = (changes as Readonly<Record<string, unknown>>)[key];
		decoded.set(key, decodeChange(key, value));
	}
	return decoded;
}

function decodeChange(key: StoredKey, value: unknown): unknown {
	const { type, default: initial } = schemaOf(key);
	if (value == null && initial === undefined) {
		return value;
	}
	const result = type.decode(value);
	if (!result.ok) {
		throw new ConfigError(
			'config-rejected-value',
			`Cannot set value for ${key}, as value failed validation: ${inspect(value)}`,
		);
	}
	return result.value;
}

function invalidValue(key: string, value: unknown, cause?: unknown): ConfigError {
	return new ConfigError(
		'config-invalid-value',
		`There was an error validating configuration input for key: ${key}, with value: ${describe(value)}`,
		{ cause },
	);
}

/** As a template would write it; an object may have a `toString` that is no function. */
function describe(value: unknown): string {
	return typeof value === 'object' && value !== null ? Object.prototype.toString.call(value) : String(value);
}
