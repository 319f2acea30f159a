import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { inspect } from 'node:util';
import isEqual from 'lodash/isEqual.js';
import { Listeners } from '../lib/listeners.ts';
import { ReportOnce } from '../lib/report-once.ts';
import { SerialQueue } from '../lib/serial-queue.ts';
import type { Log } from '../ports/log.ts';
import type { SettingRows } from '../ports/settings.ts';
import { ConfigError } from './config-error.ts';
import type { ConfigJson } from './config-json.ts';
import { decodeSettings, describeRefused, type RefusedValue } from './decode-settings.ts';
import { isProvisioned, isUnmanaged } from './derived-settings.ts';
import type { PropertyChange } from './property-changes.ts';
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
	readonly configJson: ConfigJson;
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
	/** Changes from outside that wait for the next start. */
	readonly #deferred = new ReportOnce<SettingName>();
	readonly #listeners = new Listeners<Parameters<ConfigListener>>();
	/** One read or change at a time: an older state of the store never replaces a newer one. */
	readonly #queue = new SerialQueue();
	#current: Settings | undefined;
	#refused: readonly RefusedValue[] = [];

	constructor(options: ConfigOptions) {
		this.#options = options;
		this.#configJson = options.configJson;
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

	/** Reads the store if it may have changed: other programs write it too. One query for all rows. */
	read(): Promise<Settings> {
		return this.#queue.run(() => this.#read());
	}

	/** All or nothing, except that power may fail between the file and the rows: the rows are then as before. */
	async set(change: SettingsChange): Promise<void> {
		const decoded = decodeChange(change);
		const known = this.#current; // what the caller has derived its change from
		await this.#queue.run(async () => {
			const previous = this.#current ?? (await this.#read());
			await this.#store(decoded, known ?? previous);
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
		const decoded = decodeSettings({ properties, rows });
		this.#warn(decoded.refused);
		const previous = this.#current;
		const settings = previous === undefined ? decoded.settings : this.#defer(decoded.settings, previous);
		if (this.#replace(previous, settings) && previous !== undefined) {
			this.#listeners.notify(settings, previous);
		}
		return this.current();
	}

	/** What is read once keeps its value until the next start. */
	#defer(stored: Settings, running: Settings): Settings {
		const changed = SETTING_NAMES.filter(
			(name) => isReadAtStart(name, running) && !isEqual(stored[name], running[name]),
		);
		for (const name of changed.filter((one) => this.#deferred.isNew(one, JSON.stringify(stored[one] ?? null)))) {
			const message = 'a setting was changed in config.json, it takes effect when the supervisor starts again';
			this.#options.log.warn(message, { setting: schemaOf(name).key });
		}
		this.#deferred.keepOnly(changed);
		return { ...stored, ...Object.fromEntries(changed.map((name) => [name, running[name]])) };
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

	async #store(decoded: ReadonlyMap<SettingName, unknown>, known: Settings): Promise<void> {
		const file: Record<string, PropertyChange> = {};
		const rows = new Map<SettingName, unknown>();
		for (const [name, value] of decoded) {
			const { source, key, removedWhenNull } = schemaOf(name);
			if (source === 'database') {
				rows.set(name, value);
			} else {
				file[key] = { before: known[name], after: value === null && removedWhenNull === true ? undefined : value };
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

/** A device that misses only its provisioning key takes one at once; on another one it would replace the device's own. */
function isReadAtStart(name: SettingName, running: Settings): boolean {
	return schemaOf(name).readAtStart === true || (name === 'provisioningKey' && isProvisioned(running));
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
