import type { Knex } from 'knex';
import { DatabaseError } from '../database-error.ts';
import { Handle } from '../handle.ts';
import { MIGRATIONS } from '../migration-list.ts';

type Row = Readonly<Record<string, unknown>>;

interface SalvagedTable {
	readonly rows: readonly Row[];
	/** All rows are there. */
	readonly isWhole: boolean;
}

/** Written by migrations, not by us. */
const RECORDS = ['knex_migrations', 'knex_migrations_lock', 'supervisor_migrations', 'sqlite_sequence'];
/** Half a target would remove what it no longer names, so it is taken as a whole or not at all. */
const TARGET_TABLES = ['app', 'deviceConfig', 'config'];
const ROW_ID = 'rowid_';
const TARGET_SETTINGS = ['targetStateSet', 'name'];

/**
 * Copies what can still be read in a damaged file to a new one (decision D13), by the columns that both have. Returns
 * whether the target is among it.
 */
export async function salvage(from: string, to: Handle): Promise<boolean> {
	const source = new Handle(from);
	try {
		if (await isOlder(source)) {
			return false; // the columns have another meaning
		}
		const tables = new Map<string, SalvagedTable>();
		for (const table of await listTables(to)) {
			tables.set(table, await readTable(source, table));
		}
		const hasTarget = TARGET_TABLES.every((table) => tables.get(table)?.isWhole === true);
		await to.transaction(async (db) => {
			for (const [table, { rows }] of tables) {
				await writeTable(db, table, hasTarget ? rows : withoutTarget(table, rows));
			}
		});
		return hasTarget;
	} finally {
		await source.close();
	}
}

/** It can be read, and lacks migrations. */
async function isOlder(source: Handle): Promise<boolean> {
	const records = await attempt(
		() => source.query<readonly string[]>((db) => db('knex_migrations').pluck('name')),
		[] as readonly string[],
	);
	return records.length > 0 && MIGRATIONS.some(({ name }) => !records.includes(name));
}

async function listTables(handle: Handle): Promise<readonly string[]> {
	const names = await handle.query<readonly string[]>((db) =>
		db('sqlite_master').where({ type: 'table' }).pluck('name'),
	);
	return names.filter((name) => !RECORDS.includes(name));
}

/** From both ends, up to the damage. */
async function readTable(source: Handle, table: string): Promise<SalvagedTable> {
	const sound = await attempt(
		async () =>
			(await quickCheck(source, table)) && (await source.query<readonly Row[]>((db) => db(table).select('*'))),
		false as const,
	);
	if (sound !== false) {
		return { rows: sound, isWhole: true };
	}
	const first = await readFrom(source, table, 'asc');
	const last = await readFrom(source, table, 'desc');
	return { rows: [...new Map([...first, ...last]).values()], isWhole: false };
}

async function quickCheck(handle: Handle, table: string): Promise<boolean> {
	const [row] = await handle.query<readonly Row[]>((db) => db.raw('PRAGMA quick_check(??)', [table]));
	return row?.['quick_check'] === 'ok';
}

/** By row id. */
async function readFrom(source: Handle, table: string, direction: 'asc' | 'desc'): Promise<ReadonlyMap<number, Row>> {
	const rows = new Map<number, Row>();
	const isAfter = direction === 'asc' ? '>' : '<';
	for (let at: number | undefined; ;) {
		const row = await attempt(
			() =>
				source.query<Row | undefined>((db) => {
					const query = db(table)
						.select('*', db.raw(`rowid AS ${ROW_ID}`))
						.orderBy('rowid', direction)
						.first();
					return at === undefined ? query : query.where('rowid', isAfter, at);
				}),
			undefined,
		);
		const id = row?.[ROW_ID];
		if (row === undefined || typeof id !== 'number' || rows.has(id)) {
			return rows; // the end, or the damage
		}
		rows.set(id, Object.fromEntries(Object.entries(row).filter(([name]) => name !== ROW_ID)));
		at = id;
	}
}

/** Its settings only, where they stand. */
function withoutTarget(table: string, rows: readonly Row[]): readonly Row[] {
	if (table === 'config') {
		return rows.filter(({ key }) => !TARGET_SETTINGS.includes(String(key)));
	}
	return TARGET_TABLES.includes(table) ? [] : rows;
}

/** Rows that migrations have put there give way. */
async function writeTable(db: Knex, table: string, rows: readonly Row[]): Promise<void> {
	if (rows.length === 0) {
		return;
	}
	const known = new Set(Object.keys(await db(table).columnInfo()));
	await db(table).delete();
	for (const row of rows) {
		const columns = Object.fromEntries(Object.entries(row).filter(([name]) => known.has(name)));
		await attempt(() => db(table).insert(columns), []); // a damaged row may break a rule of its table
	}
}

async function attempt<T, U>(work: () => Promise<T>, otherwise: U): Promise<T | U> {
	try {
		return await work();
	} catch (error) {
		if (error instanceof DatabaseError || isOfSqlite(error)) {
			return otherwise;
		}
		throw error;
	}
}

function isOfSqlite(error: unknown): boolean {
	return error instanceof Error && 'code' in error && String(error.code).startsWith('SQLITE_');
}
