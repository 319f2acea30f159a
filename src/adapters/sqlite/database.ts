import { performance } from 'node:perf_hooks';
import type { Log, SystemLog } from '../../ports/log.ts';
import type { TextFile } from '../../ports/settings.ts';
import { SqliteCommitStore } from './commit-store.ts';
import type { Clock } from '../../ports/clock.ts';
import { Connection } from './connection.ts';
import { SqliteCrashStore } from './crash-store.ts';
import { SqliteHistoryStore } from './history-store.ts';
import { SqliteHostUpdateStore } from './host-update-store.ts';
import { SqliteImageStore } from './image-store.ts';
import { SqliteKeptVolumeStore } from './kept-volume-store.ts';
import { SqliteKeyStore } from './key-store.ts';
import { migrate } from './migrate.ts';
import { MigrationConfigJson } from './migration-config-json.ts';
import { MIGRATIONS, OWN_MIGRATIONS, TABLES } from './migration-list.ts';
import { SqliteRebootStore } from './reboot-store.ts';
import { DatabaseFile } from './recovery/database-file.ts';
import { DatabaseNotices } from './recovery/notices.ts';
import { SqliteRequestStore } from './request-store.ts';
import { SqliteSettingRows } from './setting-rows.ts';
import { SqliteSnapshotStore } from './snapshot-store.ts';
import { SqliteSupervisorUpdateStore } from './supervisor-update-store.ts';
import { SqliteTargetStore, type TargetStoreOptions } from './target-store.ts';

interface OpenDatabaseOptions {
	readonly path: string;
	/** Four old migrations read config.json, and one writes it; if absent, they take it for empty. */
	readonly configJson?: TextFile;
	readonly log: Log;
	/** Absent: the user is not notified. */
	readonly systemLog?: SystemLog;
	/** Ends the wait for another process that has locked the file. */
	readonly signal?: AbortSignal;
	/** Monotonic; tests pass their own. */
	readonly nowMs?: () => number;
}

/** Creates the file if it is missing, rebuilds a damaged one, and migrates it to the present schema. */
export async function openDatabase(options: OpenDatabaseOptions): Promise<Database> {
	const { path, log, nowMs = () => performance.now(), signal = new AbortController().signal } = options;
	const notices = new DatabaseNotices(log, options.systemLog);
	const file = new DatabaseFile({
		...{ path, log, nowMs, signal, notices, tables: TABLES },
		migrate: async (handle) => {
			const applied = await migrate({
				handle,
				configJson: new MigrationConfigJson(options.configJson, log),
				known: MIGRATIONS,
				own: OWN_MIGRATIONS,
				wallMs: Date.now,
			});
			if (applied.length > 0) {
				log.info('database migrated', { path: handle.path, migrations: applied.length });
			}
		},
	});
	return new Database(new Connection(await file.open(), file), nowMs);
}

/** The repositories over the one connection. */
export class Database {
	readonly settings: SqliteSettingRows;
	readonly images: SqliteImageStore;
	readonly commits: SqliteCommitStore;
	readonly keys: SqliteKeyStore;
	readonly snapshots: SqliteSnapshotStore;
	readonly requests: SqliteRequestStore;
	readonly keptVolumes: SqliteKeptVolumeStore;
	readonly reboots: SqliteRebootStore;
	readonly history: SqliteHistoryStore;
	readonly #connection: Connection;

	constructor(connection: Connection, nowMs: () => number) {
		this.#connection = connection;
		this.settings = new SqliteSettingRows(connection);
		this.images = new SqliteImageStore(connection);
		this.commits = new SqliteCommitStore(connection);
		this.keys = new SqliteKeyStore(connection, nowMs);
		this.snapshots = new SqliteSnapshotStore(connection);
		this.requests = new SqliteRequestStore(connection);
		this.keptVolumes = new SqliteKeptVolumeStore(connection);
		this.reboots = new SqliteRebootStore(connection);
		this.history = new SqliteHistoryStore(connection);
	}

	/**
	 * One per process, because it caches. Separate from the others, because it needs the setting of the source in force.
	 */
	targetStore(options: TargetStoreOptions): SqliteTargetStore {
		return new SqliteTargetStore(this.#connection, options);
	}

	/** One per process, because it caches. */
	crashStore(clock: Pick<Clock, 'now' | 'wall'>): SqliteCrashStore {
		return new SqliteCrashStore(this.#connection, clock);
	}

	/** One per process, because it caches. */
	hostUpdateStore(clock: Pick<Clock, 'now' | 'wall'>): SqliteHostUpdateStore {
		return new SqliteHostUpdateStore(this.#connection, clock);
	}

	/** One per process, because it caches. */
	supervisorUpdateStore(clock: Pick<Clock, 'now' | 'wall'>): SqliteSupervisorUpdateStore {
		return new SqliteSupervisorUpdateStore(this.#connection, clock);
	}

	/** After running work. */
	close(): Promise<void> {
		return this.#connection.close();
	}
}
