import knex, { type Knex } from 'knex';
import { toDatabaseError } from './database-error.ts';
import { SerialQueue } from '../../lib/serial-queue.ts';

/** How long to wait for another process that holds the file. */
const BUSY_TIMEOUT_MS = 1000;

/** What knex would print reaches us as a rejection too. */
const SILENT = { warn: () => undefined, error: () => undefined, debug: () => undefined, deprecate: () => undefined };

/** The driver's own connection, as far as we use it. */
interface RawConnection {
	configure(option: 'busyTimeout', value: number): void;
}

/**
 * The one connection of the process. Work on it is queued here and not in knex's pool, because a transaction of knex
 * whose COMMIT finds the file busy stays open, and every later one then fails: knex gives the connection back without a
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

	/** Use only the handle that is passed in, or the work waits for itself. */
	query<T>(work: (db: Knex) => Promise<T>): Promise<T> {
		return this.#queue.run(() => this.#translate(() => work(this.#db)));
	}

	/** All or nothing. Takes the write lock first, so a process that holds it is waited for here and nowhere later. */
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

	/** After what is under way. */
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
		// SQLite has rolled back by itself, as it does on a full disk; the first error is the one to tell.
	}
}
