import { stat } from 'node:fs/promises';
import { DatabaseError } from '../database-error.ts';
import type { Handle } from '../handle.ts';

/** Rejects with `database-damaged`. Does not compare indexes with their tables: that takes longer. */
export async function checkPages(handle: Handle): Promise<void> {
	const [row] = await handle.query<readonly Readonly<Record<string, unknown>>[]>((db) =>
		db.raw('PRAGMA quick_check(1)'),
	);
	const result = String(row?.['quick_check']);
	if (result !== 'ok') {
		throw damaged(handle.path, result);
	}
}

/** After all migrations. Rejects with `database-damaged`. */
export async function checkTables(handle: Handle, expected: readonly string[]): Promise<void> {
	const names = await handle.query<readonly string[]>((db) =>
		db('sqlite_master').where({ type: 'table' }).pluck('name'),
	);
	const missing = expected.filter((name) => !names.includes(name));
	if (missing.length > 0) {
		throw damaged(handle.path, `no table ${missing.join(', ')}`);
	}
}

function damaged(path: string, detail: string): DatabaseError {
	return new DatabaseError('database-damaged', `the database is damaged (${path}: ${detail.slice(0, 100)})`);
}

/** The file itself is lost, for good: only a new one helps. */
export async function isDamage(error: unknown, path: string): Promise<boolean> {
	if (!(error instanceof DatabaseError)) {
		return false;
	}
	switch (error.code) {
		case 'database-damaged':
		case 'database-not-a-database':
			return true;
		case 'database-cannot-open':
			return (await statOf(path))?.isDirectory() === true; // an engine makes one for a missing file that it should mount
		default:
			return false;
	}
}

/** A table was dropped by another process: the only failure of a statement that says something of the file. */
export async function hasLostTable(
	error: DatabaseError,
	handle: Handle,
	expected: readonly string[],
): Promise<boolean> {
	if (!error.message.includes('no such table')) {
		return false;
	}
	try {
		await checkTables(handle, expected);
		return false;
	} catch (cause) {
		return cause instanceof DatabaseError && cause.code === 'database-damaged';
	}
}

/** Which file it is, whatever its name. `undefined`: there is none, or the system does not say. */
export async function identityOf(path: string): Promise<string | undefined> {
	const found = await statOf(path);
	return found === undefined ? undefined : `${String(found.dev)}:${String(found.ino)}`;
}

async function statOf(path: string) {
	try {
		return await stat(path);
	} catch {
		return undefined;
	}
}
