import type { CommitStore } from '../../ports/stores.ts';
import type { Connection } from './connection.ts';
import { SerialQueue } from '../../lib/serial-queue.ts';

interface CommitRow {
	readonly appId: number;
	readonly commit: string;
}

/** The whole table is cached: only this process writes it. */
export class SqliteCommitStore implements CommitStore {
	readonly #connection: Connection;
	readonly #queue = new SerialQueue();
	#commits: ReadonlyMap<number, string> | undefined;

	constructor(connection: Connection) {
		this.#connection = connection;
	}

	async list(): Promise<ReadonlyMap<number, string>> {
		return this.#commits ?? (await this.#queue.run(() => this.#load()));
	}

	async save(appId: number, commit: string): Promise<void> {
		await this.#queue.run(async () => {
			const commits = await this.#load();
			if (commits.get(appId) === commit) {
				return;
			}
			await this.#connection.query(async (db) => {
				await db<CommitRow>('currentCommit').insert({ appId, commit }).onConflict('appId').merge(['commit']);
			});
			this.#commits = new Map([...commits, [appId, commit]]);
		});
	}

	async #load(): Promise<ReadonlyMap<number, string>> {
		this.#commits ??= await this.#connection.query(async (db) => {
			const rows = await db<CommitRow>('currentCommit').select('appId', 'commit');
			return new Map(rows.map(({ appId, commit }) => [appId, commit]));
		});
		return this.#commits;
	}
}
