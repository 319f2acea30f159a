import type { Knex } from 'knex';
import { DatabaseError } from './database-error.ts';
import type { Handle } from './handle.ts';
import { SerialQueue } from '../../lib/serial-queue.ts';

/** Takes care of the file under the connection: see `recovery/database-file.ts`. */
export interface FileCare {
	/** Called before each piece of work. The handle to use from now on. */
	refresh(handle: Handle): Promise<Handle>;
	/** Called with each failure. Another handle to try once more with; `undefined`: nothing can be done. */
	recover(error: DatabaseError, handle: Handle): Promise<Handle | undefined>;
	/** A transaction was committed. */
	written(): void;
}

type Work<T> = (db: Knex) => Promise<T>;

/**
 * The only connection of the process. It queues work itself instead of using the pool of knex: a transaction of knex
 * whose COMMIT finds the file busy stays open, and every later one fails, because knex returns the connection without a
 * rollback.
 */
export class Connection {
	#handle: Handle;
	readonly #care: FileCare | undefined;
	readonly #queue = new SerialQueue();

	constructor(handle: Handle, care?: FileCare) {
		this.#handle = handle;
		this.#care = care;
	}

	get path(): string {
		return this.#handle.path;
	}

	/** Use only the handle that is passed in, otherwise the work waits for itself. It may be called twice. */
	query<T>(work: Work<T>): Promise<T> {
		return this.#run((handle) => handle.query(work));
	}

	/** All or nothing. */
	transaction<T>(work: Work<T>): Promise<T> {
		return this.#run(async (handle) => {
			const result = await handle.transaction(work);
			this.#care?.written();
			return result;
		});
	}

	/** After running work. */
	async close(): Promise<void> {
		await this.#queue.run(() => this.#handle.close());
	}

	#run<T>(work: (handle: Handle) => Promise<T>): Promise<T> {
		return this.#queue.run(async () => {
			this.#handle = (await this.#care?.refresh(this.#handle)) ?? this.#handle;
			try {
				return await work(this.#handle);
			} catch (error) {
				const other = error instanceof DatabaseError ? await this.#care?.recover(error, this.#handle) : undefined;
				if (other === undefined) {
					throw error;
				}
				this.#handle = other;
				return await work(other);
			}
		});
	}
}
