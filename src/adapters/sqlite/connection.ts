import knex, { type Knex } from 'knex';
import { toDatabaseError } from './database-error.ts';
import { SerialQueue } from '../../lib/serial-queue.ts';

/** How long to wait for another process that has locked the file. */
const BUSY_TIMEOUT_MS = 1000;

/** Messages that knex would print also come as rejections. */
const SILENT = { warn: () => undefined, error: () => undefined, debug: () => undefined, deprecate: () => undefined };

/** The part of the driver's own connection that is used here. */
interface RawConnection {
	configure(option: 'busyTimeout', value: number): void;
}

/**
 * The only connection of the process. It queues work itself instead of using the pool of knex: a transaction of knex
 * whose COMMIT finds the file busy stays open, and every later one fails, because knex returns the connection without a
 * rollback.
 */
export class Connection {
	readonly path: string;
	readonly #db: Knex;
	readonly #queue = new SerialQueue();

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

	/** Use only the handle that is passed in, otherwise the work waits for itself. */
	query<T>(work: (db: Knex) => Promise<T>): Promise<T> {
		return this.#queue.run(() => this.#translate(() => work(this.#db)));
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

	/** After running work. */
	async close(): Promise<void> {
		await this.#queue.run(() => this.#db.destroy());
	}

	async #translate<T>(work: () => Promise<T>): Promise<T> {
		try {
			return await work();
		} catch (error) {
			throw toDatabaseError(error, this.path);
		}
	}
}

async function rollBack(db: Knex): Promise<void> {
	try {
		await db.raw('ROLLBACK');
	} catch {
		// SQLite has already rolled back, as on a full disk. The first error is the one to throw.
	}
}
