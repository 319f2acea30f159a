import { chmod, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { pathExists, setAside, syncPath } from '../../files/index.ts';
import { isAborted } from '../../../lib/is-aborted.ts';
import type { Log } from '../../../ports/log.ts';
import type { FileCare } from '../connection.ts';
import { DatabaseError } from '../database-error.ts';
import { Handle, MEMORY } from '../handle.ts';
import { makePrivate } from '../private-file.ts';
import { checkPages, checkTables, hasLostTable, identityOf, isDamage } from './check-file.ts';
import type { DatabaseNotices } from './notices.ts';
import { salvage } from './salvage.ts';

interface DatabaseFileOptions {
	readonly path: string;
	/** Creates what is missing. */
	readonly migrate: (handle: Handle) => Promise<void>;
	/** That there are after all migrations. */
	readonly tables: readonly string[];
	readonly notices: DatabaseNotices;
	readonly log: Log;
	readonly nowMs: () => number;
	/** Ends the wait for another process that has locked the file. */
	readonly signal: AbortSignal;
}

const COMPANIONS = ['-journal', '-wal', '-shm'];
/** A file that is damaged again at once lies on a failing disk: no more files are set aside there for a while. */
const REBUILD_EVERY_MS = 600_000;
const STORE_EVERY_MS = 60_000;

/**
 * Keeps the database usable, whatever happens to its file (decision D13). A damaged one is set aside and
 * rebuilt from what can be read of it; one that was removed or replaced while it was in use is written again; where no
 * file can be made, as on a full disk, the database is kept in memory until one can.
 */
export class DatabaseFile implements FileCare {
	readonly #options: DatabaseFileOptions;
	#identity: string | undefined;
	/** In memory: when to try the file again. */
	#storeAtMs: number | undefined;
	#rebuiltAtMs: number | undefined;

	constructor(options: DatabaseFileOptions) {
		this.#options = options;
	}

	/** Checks the file, once a start. */
	async open(): Promise<Handle> {
		const { path } = this.#options;
		await makePrivate(path);
		try {
			return await this.#openFile();
		} catch (error) {
			if (await isDamage(error, path)) {
				return await this.#rebuild(error as DatabaseError);
			}
			if (error instanceof DatabaseError && isUnavailable(error)) {
				return await this.#runFromMemory(error, path);
			}
			throw error;
		}
	}

	async refresh(handle: Handle): Promise<Handle> {
		const { nowMs, notices } = this.#options;
		if (this.#storeAtMs === undefined || nowMs() < this.#storeAtMs) {
			return handle;
		}
		this.#storeAtMs = nowMs() + STORE_EVERY_MS;
		try {
			const stored = await this.#store(handle);
			this.#storeAtMs = undefined;
			notices.add(`The database is stored in ${this.#options.path} again.`);
			return stored;
		} catch (error) {
			this.#options.log.debug('the database is still only in memory', { error: String(error) });
			return handle;
		}
	}

	async recover(error: DatabaseError, handle: Handle): Promise<Handle | undefined> {
		const { path, nowMs, notices } = this.#options;
		if (handle.path === MEMORY) {
			return undefined;
		}
		if ((await isDamage(error, path)) || (await hasLostTable(error, handle, this.#options.tables))) {
			if (this.#rebuiltAtMs !== undefined && nowMs() - this.#rebuiltAtMs < REBUILD_EVERY_MS) {
				return undefined;
			}
			await handle.close();
			return await this.#rebuild(error);
		}
		if (isUnavailable(error) && (await identityOf(path)) !== this.#identity) {
			return await this.#writeAgain(handle, error);
		}
		notices.failed(error);
		return undefined;
	}

	written(): void {
		this.#options.notices.written();
	}

	async #openFile(): Promise<Handle> {
		const { path, log, signal } = this.#options;
		const handle = new Handle(path);
		try {
			for (let attempt = 1; ; attempt++) {
				try {
					return await this.#prepare(handle);
				} catch (error) {
					if (!isBusy(error) || isAborted(signal)) {
						throw error;
					}
					if (attempt === 1) {
						log.warn('another process has locked the database, waiting until it is free', { path });
					}
				}
			}
		} catch (error) {
			await handle.close();
			throw error;
		}
	}

	async #prepare(handle: Handle): Promise<Handle> {
		const { migrate, tables } = this.#options;
		await checkPages(handle);
		await migrate(handle);
		await checkTables(handle, tables);
		this.#identity = await identityOf(handle.path);
		return handle;
	}

	async #rebuild(cause: DatabaseError): Promise<Handle> {
		const { path, notices, nowMs } = this.#options;
		this.#rebuiltAtMs = nowMs();
		let aside: string;
		try {
			aside = await setAside(path, COMPANIONS);
		} catch {
			return await this.#runFromMemory(cause, path); // a read-only partition, or a mount point
		}
		try {
			const { handle, hasTarget } = await this.#fill(path, aside);
			const what = hasTarget ? 'The target was still readable.' : 'The target could not be read any more.';
			notices.add(`The database was damaged. It was set aside as ${aside} and rebuilt. ${what}`, cause);
			return handle;
		} catch (error) {
			if (!(error instanceof DatabaseError && isUnavailable(error))) throw error;
			return await this.#runFromMemory(error, aside);
		}
	}

	/** A new database with what can be read in the old one. */
	async #fill(path: string, from: string): Promise<{ readonly handle: Handle; readonly hasTarget: boolean }> {
		if (path !== MEMORY) {
			await makePrivate(path);
		}
		const handle = new Handle(path);
		try {
			await this.#prepare(handle);
			const hasTarget = (await pathExists(from)) && (await salvage(from, handle));
			return { handle, hasTarget };
		} catch (error) {
			await handle.close();
			throw error;
		}
	}

	async #runFromMemory(cause: DatabaseError, from: string): Promise<Handle> {
		const { notices, nowMs } = this.#options;
		const { handle } = await this.#fill(MEMORY, from);
		this.#storeAtMs = nowMs() + STORE_EVERY_MS;
		notices.add('The database cannot be used, it is kept in memory until it can.', cause);
		return handle;
	}

	/** The open file has no name any more, but can still be read. */
	async #writeAgain(handle: Handle, cause: DatabaseError): Promise<Handle | undefined> {
		const { notices, path } = this.#options;
		try {
			const stored = await this.#store(handle);
			notices.add(`The database file was removed or replaced, it is written again: ${path}.`, cause);
			return stored;
		} catch (error) {
			notices.failed(error instanceof DatabaseError ? error : cause);
			return undefined;
		}
	}

	/** Copies the database to its path; what stands there is set aside. */
	async #store(handle: Handle): Promise<Handle> {
		const { path } = this.#options;
		const copy = `${path}.new`;
		try {
			await rm(copy, { force: true });
			await handle.query((db) => db.raw('VACUUM INTO ?', [copy]));
			await chmod(copy, 0o600);
			await syncPath(copy);
			if (await pathExists(path)) {
				await setAside(path, COMPANIONS);
			}
			await rename(copy, path);
		} catch (error) {
			await rm(copy, { force: true }).catch(() => undefined); // half a file would fill the disk even more
			throw error;
		}
		await syncPath(dirname(path));
		const stored = new Handle(path);
		await this.#prepare(stored);
		await handle.close();
		return stored;
	}
}

function isBusy(error: unknown): boolean {
	return error instanceof DatabaseError && error.code === 'database-busy';
}

/** The file may be as good as ever, once the disk is. */
function isUnavailable({ code, cause }: DatabaseError): boolean {
	if (code === 'database-migration-failed') {
		// By the disk, not by what the file holds.
		return cause instanceof DatabaseError && ['database-full', 'database-read-only'].includes(cause.code);
	}
	return ['database-full', 'database-read-only', 'database-cannot-open', 'database-failed'].includes(code);
}
