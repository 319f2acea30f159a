import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { inspect } from 'node:util';
import isEqual from 'lodash/isEqual.js';
import { Listeners } from '../lib/listeners.ts';
import { SerialQueue } from '../lib/serial-queue.ts';
import type { Log } from '../ports/log.ts';
import type { SettingRows, TextFile } from '../ports/settings.ts';
import { ConfigError } from './config-error.ts';
import { ConfigJson } from './config-json.ts';
import { decodeSettings, describeRefused, type RefusedValue } from './decode-settings.ts';
import { isUnmanaged } from './derived-settings.ts';
import {
	isSettingName,
	schemaOf,
	SETTING_NAMES,
	type SettingName,
	type Settings,
	type SettingsChange,
} from './schema.ts';

interface ConfigOptions {
	readonly rows: SettingRows;
	readonly configJson: TextFile;
	readonly log: Log;
}

/** Called after each `set`, also where nothing differs, and after a read that finds another value than the last. */
type ConfigListener = (next: Settings, previous: Settings) => void;

const ROW_KEYS = SETTING_NAMES.map(schemaOf)
	.filter(({ source }) => source === 'database')
	.map(({ key }) => key);

/** All settings as one value: the same object until one of them changes. */
export class Config {
	readonly #options: ConfigOptions;
	readonly #configJson: ConfigJson;
	readonly #listeners = new Listeners<Parameters<ConfigListener>>();
	/** One read or change at a time: an older state of the store never replaces a newer one. */
	readonly #queue = new SerialQueue();
	#current: Settings | undefined;
	#refused: readonly RefusedValue[] = [];

	constructor(options: ConfigOptions) {
		this.#options = options;
		this.#configJson = new ConfigJson(options.configJson);
	}

	/**
	 * Gives the device its identity, once in its life; `deviceApiKey` only where there is a cloud to use it. Without a
	 * cloud it is in local mode, and tells the next one everything (spec: cloud-api 17.2).
	 */
	async start(): Promise<void> {
		const settings = await this.read();
		const { uuid, deviceApiKey, localMode, initialConfigReported } = settings;
		const unmanaged = isUnmanaged(settings);
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

	/** As last read or set. */
	current(): Settings {
		assert(this.#current !== undefined, 'the settings are used before they are read');
		return this.#current;
	}

	/** Reads the store: another process may have written it. One query for all rows. */
	read(): Promise<Settings> {
		return this.#queue.run(() => this.#read());
	}

	/** All or nothing, except that power may fail between the file and the rows: the rows are then as before. */
	async set(change: SettingsChange): Promise<void> {
		const decoded = decodeChange(change);
		await this.#queue.run(async () => {
			const previous = this.#current ?? (await this.#read());
			await this.#store(decoded);
			this.#refused = this.#refused.filter(({ name }) => !decoded.has(name));
			const values = [...decoded].map(([name, value]) => [name, value ?? schemaOf(name).default] as const);
			this.#replace(previous, { ...previous, ...Object.fromEntries(values) });
			this.#listeners.notify(this.current(), previous);
		});
	}

	/** Whether the default holds because the stored value cannot be used. */
	isRefused(name: SettingName): boolean {
		return this.#refused.some((refused) => refused.name === name);
	}

	/** Returns what takes the listener off again. */
	onChange(listener: ConfigListener): () => void {
		return this.#listeners.add(listener);
	}

	/** 32 lower-case hexadecimal digits. */
	newUniqueKey(): string {
		return randomUUID().replaceAll('-', '');
	}

	async #read(): Promise<Settings> {
		const [properties, rows] = await Promise.all([this.#configJson.read(), this.#options.rows.read(ROW_KEYS)]);
		const { settings, refused } = decodeSettings({ properties, rows });
		this.#warn(refused);
		const previous = this.#current;
		if (this.#replace(previous, settings) && previous !== undefined) {
			this.#listeners.notify(settings, previous);
		}
		return this.current();
	}

	/** Whether they differ. */
	#replace(previous: Settings | undefined, next: Settings): boolean {
		const differs = !isEqual(next, previous);
		this.#current = differs || previous === undefined ? next : previous;
		return differs;
	}

	/** Once for each value. */
	#warn(refused: readonly RefusedValue[]): void {
		for (const value of refused.filter((one) => !this.#refused.some((known) => isEqual(known, one)))) {
			this.#options.log.warn('a setting cannot be used, the default holds', describeRefused(value));
		}
		this.#refused = refused;
	}

	async #store(decoded: ReadonlyMap<SettingName, unknown>): Promise<void> {
		const file = new Map<string, unknown>();
		const rows = new Map<SettingName, unknown>();
		for (const [name, value] of decoded) {
			const { source, key, removedWhenNull } = schemaOf(name);
			if (source === 'database') {
				rows.set(name, value);
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
	async #changedRows(changes: ReadonlyMap<SettingName, unknown>): Promise<ReadonlyMap<string, string | undefined>> {
		const keys = [...changes.keys()].map((name) => schemaOf(name).key);
		const present = keys.length === 0 ? new Map<string, string>() : await this.#options.rows.read(keys);
		const changed = new Map<string, string | undefined>();
		for (const [name, value] of changes) {
			const { key, type } = schemaOf(name);
			const before = type.decode(present.get(key));
			if (value == null) {
				changed.set(key, undefined);
			} else if (!present.has(key) || !before.ok || before.value !== value) {
				changed.set(key, type.encode(value));
			}
		}
		return changed;
	}
}

/** Checks every name and every value before anything is written. */
function decodeChange(change: SettingsChange): ReadonlyMap<SettingName, unknown> {
	const names = Object.keys(change);
	const refused = names.find((name) => !isSettingName(name) || !schemaOf(name).mutable);
	if (refused !== undefined) {
		throw new ConfigError('config-immutable-key', `Attempt to set value for non-mutable schema key: ${refused}`);
	}
	const values: Readonly<Partial<Record<SettingName, unknown>>> = change;
	return new Map(names.filter(isSettingName).map((name) => [name, decodeValue(name, values[name])]));
}

function decodeValue(name: SettingName, value: unknown): unknown {
	const { key, type, default: initial } = schemaOf(name);
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
