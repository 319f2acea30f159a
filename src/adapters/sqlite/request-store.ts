import type { Asker, RequestBody, RequestOutcome, UpdateRequest } from '../../domain/request.ts';
import type { RequestStore, StoredRequest } from '../../ports/request-store.ts';
import type { Connection } from './connection.ts';
import { corruptValue } from './database-error.ts';

const TABLE = 'updateRequest';
const KEPT_MAX = 1000;

interface RequestRow {
	readonly serial: number;
	readonly id: string;
	readonly body: string;
	readonly force: number | boolean;
	readonly state: string;
	readonly outcome: string | null;
	readonly asker: string | null;
}

/** The loop keeps the open requests in memory, so the table is read once and written seldom. */
export class SqliteRequestStore implements RequestStore {
	readonly #connection: Connection;

	constructor(connection: Connection) {
		this.#connection = connection;
	}

	async list(): Promise<readonly Omit<UpdateRequest, 'since'>[]> {
		const rows = await this.#connection.query((db) =>
			db<RequestRow>(TABLE).whereIn('state', ['open', 'holding']).orderBy('serial'),
		);
		return rows.map((row) => ({ ...this.#read(row), state: row.state === 'holding' ? 'holding' : 'open' }));
	}

	async add(
		{ id, body, force, asker }: Parameters<RequestStore['add']>[0],
		supersedes: readonly string[],
	): Promise<void> {
		await this.#connection.transaction(async (db) => {
			await db<RequestRow>(TABLE)
				.whereIn('id', supersedes)
				.update({ state: 'closed', outcome: JSON.stringify({ kind: 'superseded' } satisfies RequestOutcome) });
			const row = { id, body: JSON.stringify(body), force, state: 'open', asker: asker ?? null };
			const [serial] = await db<RequestRow>(TABLE).insert(row);
			await db<RequestRow>(TABLE)
				.where('state', 'closed')
				.where('serial', '<=', (serial ?? 0) - KEPT_MAX)
				.delete();
		});
	}

	async update(id: string, body: RequestBody): Promise<void> {
		await this.#connection.query((db) =>
			db<RequestRow>(TABLE)
				.where({ id })
				.update({ body: JSON.stringify(body) }),
		);
	}

	async hold(id: string): Promise<void> {
		await this.#connection.query((db) =>
			db<RequestRow>(TABLE)
				.where({ id })
				.update({ state: 'holding', outcome: JSON.stringify({ kind: 'done' } satisfies RequestOutcome) }),
		);
	}

	async close(id: string, outcome: RequestOutcome): Promise<void> {
		await this.#connection.query((db) =>
			db<RequestRow>(TABLE)
				.where({ id })
				.update({ state: 'closed', outcome: JSON.stringify(outcome) }),
		);
	}

	async find(id: string): Promise<StoredRequest | undefined> {
		const row = await this.#connection.query((db) => db<RequestRow>(TABLE).where({ id }).first());
		if (row === undefined) {
			return undefined;
		}
		const known = this.#read(row);
		return row.outcome === null ? known : { ...known, outcome: this.#parse(row.outcome, 'outcome') as RequestOutcome };
	}

	#read({ id, body, force, asker }: RequestRow): Omit<StoredRequest, 'outcome'> {
		return {
			id,
			body: this.#parse(body, 'body') as RequestBody,
			force: Boolean(force),
			...(asker === null ? {} : { asker: asker as Asker }), // only the supervisor writes it
		};
	}

	/** Only the supervisor writes this table: another form means that the file is damaged. */
	#parse(text: string, column: string): unknown {
		try {
			return JSON.parse(text) as unknown;
		} catch {
			throw corruptValue('not JSON', { path: this.#connection.path, column: `${TABLE}.${column}` });
		}
	}
}
