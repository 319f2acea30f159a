import type { Knex } from 'knex';
import type { TargetApp, TargetDocument } from '../../domain/target.ts';
import type { LocalAppStore, TargetStore } from '../../ports/stores.ts';
import { ColumnError, parseObject, textOfAppRow, toAppRow, toTargetApp, type AppRow } from './app-row.ts';
import type { Connection } from './connection.ts';
import { corruptValue } from './database-error.ts';
import { SerialQueue } from '../../lib/serial-queue.ts';
import { Listeners } from '../../lib/listeners.ts';
import { readSettings, writeSetting } from './setting-rows.ts';

type Variables = TargetDocument['config'];

export interface TargetStoreOptions {
	/** The source in force: `local` in local mode, else the API endpoint. */
	readonly readSource: () => Promise<string>;
	/** Calls back when the source may have changed. Returns a function that removes the listener. */
	readonly onSourceChange: (listener: () => void) => () => void;
	/** Rows of table `config` were written here: the name, and that there is a target. Awaited before the target is read. */
	readonly settingsWritten: () => Promise<unknown>;
	/** The stored form of variables: without prefixes, only those with a meaning. */
	readonly normalise: (config: Variables) => Variables;
	/** Writes the variables as received to the disk, for the operating system (spec: config 5.1). */
	readonly dump: (config: Variables) => Promise<void>;
}

interface Loaded {
	readonly document: TargetDocument | undefined;
}

export const LOCAL_SOURCE = 'local';

/** `read` returns the variables in their stored form. An app whose row did not change is the same object in every document. */
export class SqliteTargetStore implements TargetStore, LocalAppStore {
	readonly #connection: Connection;
	readonly #options: TargetStoreOptions;
	readonly #queue = new SerialQueue();
	readonly #listeners = new Listeners<[]>();
	/** By the text of their row. */
	#apps: ReadonlyMap<string, TargetApp> = new Map();
	#cached: Loaded | undefined;
	/** Counts how often the cache, or a read in progress, became stale. */
	#generation = 0;

	constructor(connection: Connection, options: TargetStoreOptions) {
		this.#connection = connection;
		this.#options = options;
	}

	/** Follows changes of the source until the returned function is called. */
	watchSource(): () => void {
		return this.#options.onSourceChange(() => {
			this.#forget();
			this.#listeners.notify();
		});
	}

	async read(): Promise<TargetDocument | undefined> {
		return (this.#cached ?? (await this.#queue.run(() => this.#load()))).document;
	}

	/** The apps of all sources, for callers that show them. */
	async listAllApps(): Promise<readonly (TargetApp & { readonly source: string })[]> {
		const rows = await this.#connection.query((db) => db<AppRow>('app').select('*').orderBy(['appId', 'id']));
		return rows.map((row) => ({ ...this.#decode(() => toTargetApp(row)), source: row.source ?? '' }));
	}

	async replace(target: TargetDocument, source: string): Promise<void> {
		const { normalise, dump, settingsWritten } = this.#options;
		await this.#queue.run(async () => {
			await dump(target.config);
			const variables = JSON.stringify(normalise(target.config));
			const rows = target.apps.map((app) => toAppRow(app, source));
			await this.#connection.transaction(async (db) => {
				await writeVariables(db, variables);
				await writeApps(db, rows, source);
				await writeSettings(db, { name: target.name, targetStateSet: 'true' });
			});
			this.#forget();
			await settingsWritten();
		});
		this.#listeners.notify();
	}

	/** The stored variables, also before the first target. */
	async readVariables(): Promise<Variables> {
		const text = await this.#connection.query((db) => readVariables(db));
		return this.#options.normalise(this.#decode(() => parseVariables(text ?? '{}')));
	}

	/** Once in the life of a device, and not over a target (spec: config 5.5). */
	async saveInitialVariables(variables: Variables): Promise<void> {
		const { normalise, settingsWritten } = this.#options;
		await this.#queue.run(async () => {
			await this.#connection.transaction(async (db) => {
				const settings = await readSettings(db, ['targetStateSet']);
				if (settings.get('targetStateSet') !== 'true') {
					await writeVariables(db, JSON.stringify(normalise(variables)));
				}
				await writeSettings(db, { initialConfigSaved: 'true' });
			});
			this.#forget();
			await settingsWritten();
		});
	}

	async hasLocalApps(): Promise<boolean> {
		const row: unknown = await this.#connection.query((db) => db('app').where({ source: LOCAL_SOURCE }).first('id'));
		return row !== undefined;
	}

	/** Local mode was left. */
	async removeLocalApps(): Promise<void> {
		await this.#queue.run(async () => {
			await this.#connection.query((db) => db('app').where({ source: LOCAL_SOURCE }).delete());
			this.#forget();
		});
	}

	onChange(listener: () => void): () => void {
		return this.#listeners.add(listener);
	}

	async #load(): Promise<Loaded> {
		if (this.#cached !== undefined) {
			return this.#cached; // an earlier reader in the queue has loaded it
		}
		const generation = this.#generation;
		const loaded = { document: await this.#readDocument() };
		if (generation === this.#generation) {
			this.#cached = loaded;
		}
		return loaded;
	}

	async #readDocument(): Promise<TargetDocument | undefined> {
		const source = await this.#options.readSource();
		const { settings, variables, rows } = await this.#connection.query(async (db) => ({
			settings: await readSettings(db, ['name', 'targetStateSet']),
			variables: await readVariables(db),
			rows: await db<AppRow>('app')
				.where({ source })
				.orWhereNot({ class: 'fleet' })
				.select('*')
				.orderBy(['appId', 'id']),
		}));
		if (settings.get('targetStateSet') !== 'true') {
			return undefined;
		}
		return {
			name: settings.get('name') ?? 'local',
			config: this.#options.normalise(this.#decode(() => parseVariables(variables))),
			apps: this.#decodeApps(rows),
		};
	}

	#decodeApps(rows: readonly AppRow[]): readonly TargetApp[] {
		const apps = new Map(
			rows.map((row) => {
				const text = textOfAppRow(row);
				return [text, this.#apps.get(text) ?? this.#decode(() => toTargetApp(row))];
			}),
		);
		this.#apps = apps;
		return [...apps.values()];
	}

	#decode<T>(parse: () => T): T {
		try {
			return parse();
		} catch (error) {
			if (error instanceof ColumnError) {
				throw corruptValue(error.message, { path: this.#connection.path, column: error.column });
			}
			throw error;
		}
	}

	#forget(): void {
		this.#cached = undefined;
		this.#generation += 1;
	}
}

async function readVariables(db: Knex): Promise<string | null | undefined> {
	const row: { readonly targetValues: string | null } | undefined = await db('deviceConfig').first('targetValues');
	return row?.targetValues;
}

function parseVariables(text: string | null | undefined): Variables {
	if (text == null) {
		throw new ColumnError('deviceConfig.targetValues', 'the value is missing');
	}
	const values = parseObject(text, 'deviceConfig.targetValues');
	return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, String(value)]));
}

// Unchanged rows are not written: flash wears out, and most targets change one app.

async function writeVariables(db: Knex, text: string): Promise<void> {
	const before = await readVariables(db);
	if (before === undefined) {
		await db('deviceConfig').insert({ targetValues: text });
	} else if (before !== text) {
		await db('deviceConfig').update({ targetValues: text });
	}
}

async function writeSettings(db: Knex, values: Readonly<Record<string, string>>): Promise<void> {
	const before = await readSettings(db, Object.keys(values));
	for (const [key, value] of Object.entries(values)) {
		if (before.get(key) !== value) {
			await writeSetting(db, key, value);
		}
	}
}

async function writeApps(db: Knex, rows: readonly AppRow[], source: string): Promise<void> {
	const before: readonly (AppRow & { readonly id: number })[] = await db('app').select('*');
	for (const row of rows) {
		const same = before.find(({ uuid }) => uuid === row.uuid);
		if (same === undefined) {
			await db('app').insert(row);
		} else if (textOfAppRow(same) !== textOfAppRow(row)) {
			await db('app').where({ id: same.id }).update(row);
		}
	}
	const wanted = new Set(rows.map(({ uuid }) => uuid));
	const gone = before.filter((row) => row.source === source && !wanted.has(row.uuid)).map(({ id }) => id);
	if (gone.length > 0) {
		await db('app').whereIn('id', gone).delete();
	}
}
