import type { Knex } from 'knex';
import type { SettingRows } from '../../ports/settings.ts';
import type { Connection } from './connection.ts';

interface ConfigRow {
	readonly key: string;
	readonly value: string | null;
}

export class SqliteSettingRows implements SettingRows {
	readonly #connection: Connection;

	constructor(connection: Connection) {
		this.#connection = connection;
	}

	read(keys: readonly string[]): Promise<ReadonlyMap<string, string>> {
		return this.#connection.query((db) => readSettings(db, keys));
	}

	async write(changes: ReadonlyMap<string, string | undefined>, beforeCommit?: () => Promise<void>): Promise<void> {
		await this.#connection.transaction(async (db) => {
			for (const [key, value] of changes) {
				await writeSetting(db, key, value);
			}
			await beforeCommit?.();
		});
	}
}

export async function readSettings(db: Knex, keys: readonly string[]): Promise<ReadonlyMap<string, string>> {
	const rows = await db<ConfigRow>('config').whereIn('key', keys).select('key', 'value');
	return new Map(rows.flatMap(({ key, value }) => (value === null ? [] : [[key, value] as const])));
}

/** Update or insert: in files older than v7 the key is not unique, so the upsert of SQLite would fail on them. */
export async function writeSetting(db: Knex, key: string, value: string | undefined): Promise<void> {
	if (value === undefined) {
		await db('config').where({ key }).delete();
	} else if ((await db('config').where({ key }).update({ value })) === 0) {
		await db('config').insert({ key, value });
	}
}
