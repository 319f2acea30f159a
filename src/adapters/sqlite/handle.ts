import knex, { type Knex } from 'knex';
import { toDatabaseError } from './database-error.ts';

/** How long to wait for another process that has locked the file. */
const BUSY_TIMEOUT_MS = 1000;

/** A database in memory: gone with its handle. */
export const MEMORY = ':memory:';

/** Messages that knex would print also come as rejections. */
const SILENT = { warn: () => undefined, error: () => undefined, debug: () => undefined, deprecate: () => undefined };

/** The part of the driver's own connection that is used here. */
interface RawConnection {
	configure(option: 'busyTimeout', value: number): void;
}

/** One open SQLite file. It does not queue: the caller runs one piece of work at a time. */
export class Handle {
	readonly path: string;
	readonly #db: Knex;

	constructor(path: string) {
		this.path = path;
		this.#db = knex({
			client: 'sqlite3',
			connection: { filename: path },
			useNullAsDefault: true,
			log: SILENT,
			pool: {
				min: 1,
				max: 1,
				afterCreate: (connection: RawConnection, done: (error: null, connection: RawConnection) => void) => {
					connection.configure('busyTimeout', BUSY_TIMEOUT_MS);
					done(null, connection);
				},
			},
		});
	}

	/** Rejects with a `DatabaseError`. */
	async query<T>(work: (db: Knex) => Promise<T>): Promise<T> {
		try {
			return await work(this.#db);
		} catch (error) {
			throw toDatabaseError(error, this.path);
		}
	}

	/** All or nothing. Takes the write lock first, so that only this statement waits for another process. */
	transaction<T>(work: (db: Knex) => Promise<T>): Promise<T> {
		return this.query(async (db) => {
			await db.raw('BEGIN IMMEDIATE');
			try {
				const result = await work(db);
				await db.raw('COMMIT');
				return result;
			} catch (error) {
				await rollBack(db);
				throw error;
			}
		});
	}

	async close(): Promise<void> {
		await this.#db.destroy();
	}
}

async function rollBack(db: Knex): Promise<void> {
	try {
		await db.raw('ROLLBACK');
	} catch {
		// SQLite has already rolled back, as on a full disk. The first error is the one to throw.
	}
}
