/**
 * The database, over knex and sqlite3: one connection, the schema and its migrations, and the repositories of each
 * table. Owns the file and its cache. Row shapes stay in here. Never deletes or repairs a file that it cannot read, and
 * never sets a pragma that persists: older supervisors and the operating system use the same file.
 */
export { openDatabase, type Database } from './database.ts';
export { lockDataFolder } from './process-lock.ts';
export { LOCAL_SOURCE, type SqliteTargetStore } from './target-store.ts';
