import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sqlite3 from 'sqlite3';

/** A plain client of the file, as another process is: it shares nothing with what is under test. */
/** Additive, tracked apart (decision D7). */
export const OWN_TABLES: readonly string[] = [
	'anonymousVolume',
	'crash',
	'reboot',
	'hostUpdate',
	'supervisorUpdate',
	'history',
	'heldReason',
	'supervisor_migrations',
	'updateRequest',
];

export class RawDatabase {
	readonly #path: string;

	constructor(path: string) {
		this.#path = path;
	}

	async exec(sql: string): Promise<void> {
		await this.#use((db, done) => {
			db.exec(sql, (error) => {
				done(error, undefined);
			});
		});
	}

	async execFixture(name: string): Promise<void> {
		await this.exec(await readFile(new URL(`../../../fixtures/database/${name}.sql`, import.meta.url), 'utf8'));
	}

	all(sql: string): Promise<readonly Readonly<Record<string, unknown>>[]> {
		return this.#use((db, done) => {
			db.all<Readonly<Record<string, unknown>>>(sql, done);
		});
	}

	/** The first column of each row. */
	async pluck(sql: string): Promise<readonly unknown[]> {
		return (await this.all(sql)).map((row) => Object.values(row)[0]);
	}

	/** Columns by table, with type and default, and the indexes with their columns; without what SQLite makes itself. */
	/** Of the tables that the predecessor knows, too. */
	async schema(): Promise<Readonly<Record<string, readonly string[]>>> {
		const shape: Record<string, readonly string[]> = {};
		const tables = await this.pluck("select name from sqlite_master where type = 'table' and name not like 'sqlite_%'");
		for (const table of tables
			.map(String)
			.filter((name) => !OWN_TABLES.includes(name))
			.sort()) {
			const columns = await this.all(`pragma table_info(\`${table}\`)`);
			const indexes = await this.all(
				`select l.name as name, l."unique" as isUnique, group_concat(i.name) as columns ` +
					`from pragma_index_list('${table}') l, pragma_index_info(l.name) i group by l.name`,
			);
			shape[table] = [
				...columns.map((c) => [c['name'], c['type'], c['notnull'], c['dflt_value'], c['pk']].join(' ')),
				...indexes.map((i) => [i['name'], i['isUnique'], i['columns']].join(' ')),
			].sort();
		}
		return shape;
	}

	/** Every row of every table, as text. */
	async dump(): Promise<string> {
		const dumped: unknown[] = [];
		for (const table of Object.keys(await this.schema())) {
			dumped.push(table, await this.all(`select * from \`${table}\` order by rowid`));
		}
		return JSON.stringify(dumped, undefined, 1);
	}

	/** Locks the file for other processes. Resolves when it is free again. */
	async holdFor(ms: number): Promise<void> {
		await this.#use((db, done) => {
			db.exec('begin exclusive', (error) => {
				setTimeout(() => {
					done(error, undefined);
				}, ms); // it is another process that waits
			});
		});
	}

	async #use<T>(work: (db: sqlite3.Database, done: (error: Error | null, result: T) => void) => void): Promise<T> {
		const db = await new Promise<sqlite3.Database>((resolve, reject) => {
			const opened: sqlite3.Database = new sqlite3.Database(this.#path, (error) => {
				if (error === null) {
					resolve(opened);
				} else {
					reject(error);
				}
			});
		});
		try {
			return await new Promise<T>((resolve, reject) => {
				work(db, (error, result) => {
					if (error === null) {
						resolve(result);
					} else {
						reject(error);
					}
				});
			});
		} finally {
			await new Promise((resolve) => {
				db.close(resolve);
			});
		}
	}
}

/** A directory of its own for one test. */
export async function makeTempDirectory(): Promise<{ readonly path: string; remove(): Promise<void> }> {
	const path = await mkdtemp(join(tmpdir(), 'supervisor-test-'));
	return { path, remove: () => rm(path, { recursive: true, force: true }) };
}

/** The rejection of something that must not succeed. */
export async function rejectionOf(promise: Promise<unknown>): Promise<Error & { readonly code?: string }> {
	try {
		await promise;
	} catch (error) {
		if (error instanceof Error) {
			return error;
		}
		throw error;
	}
	throw new Error('it succeeded');
}
