import type { Knex } from 'knex';
import { DatabaseError, toDatabaseError } from './database-error.ts';
import type { Handle } from './handle.ts';
import type { MigrationConfigJson } from './migration-config-json.ts';
import type { Migration } from './migration-list.ts';

interface MigrateOptions {
	readonly handle: Handle;
	readonly configJson: MigrationConfigJson;
	readonly known: readonly Migration[];
	readonly own: readonly Migration[];
	/** Milliseconds since 1970, for people who read the records. */
	readonly wallMs: () => number;
}

/**
 * Migrates the file to the present schema: all missing migrations, in one transaction. The migrator of knex is slow on
 * small devices and requires files, so it is not used; the records keep its form, for the predecessor.
 */
export async function migrate(options: MigrateOptions): Promise<readonly string[]> {
	if (await options.handle.query((db) => isUpToDate(db, options))) {
		return []; // nothing is written: the file may be read-only
	}
	return await options.handle.transaction(async (db) => {
		await prepareRecords(db);
		const recorded = new Set(await db<MigrationRecord>('knex_migrations').pluck('name'));
		refuseUnknown([...recorded], options);
		const pending = options.known.filter(({ name }) => !recorded.has(name));
		await runPending({ db, pending, table: 'knex_migrations', options });
		const pendingOwn = await findPendingOwn(db, options.own);
		await runPending({ db, pending: pendingOwn, table: OWN_RECORDS, options });
		return [...pending, ...pendingOwn].map(({ name }) => name);
	});
}

async function isUpToDate(db: Knex, { known, own }: MigrateOptions): Promise<boolean> {
	for (const [table, migrations] of [
		['knex_migrations', known],
		[OWN_RECORDS, own],
	] as const) {
		if (migrations.length > 0 && !(await db.schema.hasTable(table))) {
			return false;
		}
		const recorded = migrations.length === 0 ? [] : await db<MigrationRecord>(table).pluck('name');
		// A newer supervisor may have recorded own ones that this one does not know: they only add.
		const isComplete = table === OWN_RECORDS || recorded.length === migrations.length;
		if (!isComplete || migrations.some(({ name }) => !recorded.includes(name))) {
			return false;
		}
	}
	const lock: { readonly is_locked: unknown } | undefined = await db('knex_migrations_lock').first('is_locked');
	return lock?.is_locked === 0;
}

const OWN_RECORDS = 'supervisor_migrations';

interface MigrationRecord {
	readonly name: string;
	readonly batch: number;
	readonly migration_time: number;
}

async function prepareRecords(db: Knex): Promise<void> {
	await createRecords(db, 'knex_migrations');
	await db.raw(
		'CREATE TABLE IF NOT EXISTS `knex_migrations_lock` (`index` integer NOT NULL PRIMARY KEY AUTOINCREMENT, ' +
			'`is_locked` integer)',
	);
	if ((await db('knex_migrations_lock').first()) === undefined) {
		await db('knex_migrations_lock').insert({ is_locked: 0 });
	}
	// The predecessor leaves it set when it dies while migrating; the process manager runs only one process.
	await db('knex_migrations_lock').whereNot({ is_locked: 0 }).update({ is_locked: 0 });
}

async function createRecords(db: Knex, table: string): Promise<void> {
	await db.raw(
		'CREATE TABLE IF NOT EXISTS ?? (`id` integer NOT NULL PRIMARY KEY AUTOINCREMENT, `name` varchar(255), ' +
			'`batch` integer, `migration_time` datetime)',
		[table],
	);
}

/** A newer supervisor has used the file, and its changes are unknown. This check prevents downgrades. */
function refuseUnknown(recorded: readonly string[], options: MigrateOptions): void {
	const known = new Set(options.known.map(({ name }) => name));
	const unknown = recorded.filter((name) => !known.has(name));
	if (unknown.length > 0) {
		throw new DatabaseError(
			'database-unknown-migrations',
			`The migration directory is corrupt, the following files are missing: ${unknown.join(', ')} ` +
				`(recorded in ${options.handle.path})`,
		);
	}
}

async function findPendingOwn(db: Knex, own: readonly Migration[]): Promise<readonly Migration[]> {
	if (own.length === 0) {
		return [];
	}
	await createRecords(db, OWN_RECORDS);
	const recorded = new Set(await db<MigrationRecord>(OWN_RECORDS).pluck('name'));
	return own.filter(({ name }) => !recorded.has(name));
}

async function runPending(run: {
	readonly db: Knex;
	readonly pending: readonly Migration[];
	readonly table: string;
	readonly options: MigrateOptions;
}): Promise<void> {
	const { db, pending, table, options } = run;
	if (pending.length === 0) {
		return;
	}
	const batches = await db<MigrationRecord>(table).pluck('batch');
	const batch = Math.max(0, ...batches) + 1;
	for (const { name, up } of pending) {
		try {
			await up(db, options.configJson);
		} catch (error) {
			throw migrationFailed(name, error, options.handle.path);
		}
		await db<MigrationRecord>(table).insert({ name, batch, migration_time: options.wallMs() });
	}
}

function migrationFailed(name: string, error: unknown, path: string): DatabaseError {
	const cause = toDatabaseError(error, path);
	const detail = cause instanceof Error ? cause.message : String(cause);
	return new DatabaseError('database-migration-failed', `migration ${name} of ${path} failed: ${detail}`, {
		cause,
	});
}
