import { OperationalError } from '../../ports/operational-error.ts';

type DatabaseErrorCode =
	| 'database-cannot-open'
	| 'database-not-a-database'
	| 'database-damaged'
	| 'database-read-only'
	| 'database-busy'
	| 'database-full'
	| 'database-failed'
	| 'database-unknown-migrations'
	| 'database-migration-failed'
	| 'database-corrupt-value';

export class DatabaseError extends OperationalError {
	declare readonly code: DatabaseErrorCode;

	constructor(code: DatabaseErrorCode, message: string, options: ErrorOptions = {}) {
		super(code, message, options);
	}
}

interface Translation {
	readonly code: DatabaseErrorCode;
	readonly sentence: string;
}

const TRANSLATIONS: Readonly<Record<string, Translation>> = {
	SQLITE_CANTOPEN: { code: 'database-cannot-open', sentence: 'cannot open the database' },
	SQLITE_NOTADB: { code: 'database-not-a-database', sentence: 'the file is not a database' },
	SQLITE_CORRUPT: { code: 'database-not-a-database', sentence: 'the database is damaged' },
	SQLITE_READONLY: { code: 'database-read-only', sentence: 'the database cannot be written' },
	SQLITE_BUSY: { code: 'database-busy', sentence: 'another process has locked the database' },
	SQLITE_FULL: { code: 'database-full', sentence: 'no space left for the database' },
};

const OTHER: Translation = { code: 'database-failed', sentence: 'the database failed' };

/**
 * Failures of SQLite; any other error is a bug and stays as it is. knex puts the whole statement with its values in
 * front of the message, and those contain keys, so only the part after the last `SQLITE_` is kept.
 */
export function toDatabaseError(error: unknown, path: string): unknown {
	const code = error instanceof Error && 'code' in error ? error.code : undefined;
	if (!(error instanceof Error) || typeof code !== 'string' || !code.startsWith('SQLITE_')) {
		return error;
	}
	const { code: name, sentence } = TRANSLATIONS[code] ?? OTHER;
	const at = error.message.lastIndexOf('SQLITE_');
	const detail = at < 0 ? code : error.message.slice(at);
	return new DatabaseError(name, `${sentence} (${path}: ${detail})`);
}

/** A column of ours has a value that the supervisor did not write. */
export function corruptValue(
	message: string,
	where: { readonly path: string; readonly column: string },
): DatabaseError {
	return new DatabaseError(
		'database-corrupt-value',
		`Corrupted supervisor database! Error: ${message} (${where.column} in ${where.path})`,
	);
}
