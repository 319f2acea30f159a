import { isSameCause, type RebootCause, type RebootRecord } from '../../domain/reboot.ts';
import type { RebootStore } from '../../ports/reboot-store.ts';
import type { Connection } from './connection.ts';

const TABLE = 'reboot';

interface RebootRow {
	readonly scope: string;
	readonly what: string;
	readonly reboots: number;
	readonly markId: string;
	readonly isGivenUp: number;
}

/** Read once; then the table follows the cache. */
export class SqliteRebootStore implements RebootStore {
	readonly #connection: Connection;
	#records: readonly RebootRecord[] | undefined;

	constructor(connection: Connection) {
		this.#connection = connection;
	}

	async list(): Promise<readonly RebootRecord[]> {
		this.#records ??= await this.#load();
		return this.#records;
	}

	async count(causes: readonly RebootCause[], markId: string): Promise<void> {
		await this.#connection.transaction(async (db) => {
			for (const { scope, what } of causes) {
				await db<RebootRow>(TABLE)
					.insert({ scope, what, reboots: 0, markId: '', isGivenUp: 0 })
					.onConflict(['scope', 'what'])
					.ignore();
				await db<RebootRow>(TABLE)
					.where({ scope, what })
					.whereNot({ markId })
					.update({ markId })
					.increment('reboots', 1);
			}
		});
		this.#records = await this.#load();
	}

	async giveUp({ scope, what }: RebootCause): Promise<void> {
		const known = await this.list();
		await this.#connection.query((db) => db<RebootRow>(TABLE).where({ scope, what }).update({ isGivenUp: 1 }));
		this.#records = known.map((record) =>
			isSameCause(record, { scope, what }) ? { ...record, isGivenUp: true } : record,
		);
	}

	async forget(causes: readonly RebootCause[]): Promise<void> {
		const known = await this.list();
		await this.#connection.transaction(async (db) => {
			for (const { scope, what } of causes) {
				await db<RebootRow>(TABLE).where({ scope, what }).delete();
			}
		});
		this.#records = known.filter((record) => !causes.some((cause) => isSameCause(cause, record)));
	}

	async #load(): Promise<readonly RebootRecord[]> {
		const rows = await this.#connection.query((db) => db<RebootRow>(TABLE).select().orderBy('rowid'));
		return rows.map(({ scope, what, reboots, isGivenUp }) => ({ scope, what, reboots, isGivenUp: isGivenUp === 1 }));
	}
}
