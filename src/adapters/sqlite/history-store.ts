import type { Knex } from 'knex';
import isEqual from 'lodash/isEqual.js';
import {
	HISTORY_KINDS,
	HISTORY_LIMITS,
	identityOf,
	sizeOf,
	type HistoryDetails,
	type HistoryEntry,
	type HistoryQuery,
} from '../../domain/history.ts';
import { fingerprint } from '../../lib/fingerprint.ts';
import { isPlainObject } from '../../lib/is-plain-object.ts';
import type { BootClock, HeldReason, HistoryBatch, HistoryStore, NewHistoryEntry } from '../../ports/history-store.ts';
import type { Connection } from './connection.ts';

const TABLE = 'history';
const REASONS = 'heldReason';
/** A repeat that comes later is a row of its own: when it happened matters more than how often. */
const REPEAT_WITHIN_MS = 3_600_000;
/** So many rows more go than must: the whole table is not looked at for each batch. */
const PRUNE_ROWS = 100;

interface HistoryRow {
	readonly id: number;
	readonly kind: string;
	readonly event: string;
	readonly appId: number | null;
	readonly appUuid: string | null;
	readonly serviceName: string | null;
	readonly sentence: string;
	readonly details: string | null;
	readonly identity: string;
	readonly count: number;
	readonly firstAt: number;
	readonly lastAt: number;
	readonly isSynchronised: number | boolean;
	readonly boot: string;
	readonly bootedAt: number;
	readonly bytes: number;
}

type Limits = Readonly<Record<keyof typeof HISTORY_LIMITS, number>>;

/** What happened on the device. Nothing is cached: the table is read for each query. */
export class SqliteHistoryStore implements HistoryStore {
	readonly #connection: Connection;
	readonly #limits: Limits;
	/** What the table holds, at most; absent: to be counted. */
	#total: { readonly rows: number; readonly bytes: number } | undefined;
	/** The clock with which the times were last put right. */
	#corrected: BootClock | undefined;

	constructor(connection: Connection, limits: Limits = HISTORY_LIMITS) {
		this.#connection = connection;
		this.#limits = limits;
	}

	lastId(): Promise<number> {
		return this.#connection.query(lastIdOf);
	}

	async write({ entries, reasons, clock }: HistoryBatch): Promise<number> {
		const before = this.#total;
		this.#total = undefined; // also where the transaction fails
		const { shift, total } = await this.#connection.transaction(async (db) => {
			if (!isEqual(clock, this.#corrected)) {
				await correctTimes(db, clock);
			}
			const first = entries[0]?.id ?? Infinity;
			const lift = Math.max(0, (await lastIdOf(db)) + 1 - first);
			let added = { rows: 0, bytes: 0 };
			for (const entry of entries) {
				const bytes = await writeEntry(db, { ...entry, id: entry.id + lift }, clock);
				added = { rows: added.rows + (bytes === undefined ? 0 : 1), bytes: added.bytes + (bytes ?? 0) };
			}
			if (reasons !== undefined) {
				await replaceReasons(db, reasons);
			}
			const known = before ?? (await measure(db));
			const rest = before === undefined ? known : { rows: known.rows + added.rows, bytes: known.bytes + added.bytes };
			return { shift: lift, total: await prune(db, rest, this.#limits) };
		});
		this.#total = total;
		this.#corrected = clock;
		return shift;
	}

	async list(
		query: HistoryQuery,
		{ order, limit }: { readonly order: 'newest' | 'oldest'; readonly limit: number },
	): Promise<readonly HistoryEntry[]> {
		const rows = await this.#connection.query((db) =>
			filter(db<HistoryRow>(TABLE), query)
				.select()
				.orderBy('id', order === 'newest' ? 'desc' : 'asc')
				.limit(limit),
		);
		return rows.flatMap((row: HistoryRow) => readRow(row) ?? []);
	}

	async heldReasons(): Promise<readonly HeldReason[]> {
		return await this.#connection.query((db) => db<HeldReason>(REASONS).select('id', 'since'));
	}
}

/** Also of rows that are gone: an id is never given twice. */
async function lastIdOf(db: Knex): Promise<number> {
	const row: { readonly seq?: unknown } | undefined = await db('sqlite_sequence').where({ name: TABLE }).first('seq');
	return typeof row?.seq === 'number' ? row.seq : 0;
}

/** What was noted in this boot before its clock was set moves with it. */
async function correctTimes(db: Knex, { boot, bootedAt, isSynchronised }: BootClock): Promise<void> {
	const shifted = (column: string) => db.raw('?? + ? - ??', [column, bootedAt, 'bootedAt']) as unknown as number; // an expression in its place
	await db<HistoryRow>(TABLE)
		.where({ boot, isSynchronised: 0 })
		.update({
			firstAt: shifted('firstAt'),
			lastAt: shifted('lastAt'),
			bootedAt,
			isSynchronised: isSynchronised ? 1 : 0,
		});
}

/** Returns the size of a new row; `undefined`: it has joined its row. */
async function writeEntry(db: Knex, entry: NewHistoryEntry, clock: BootClock): Promise<number | undefined> {
	const { id, count, firstAt, lastAt } = entry;
	const identity = fingerprint(identityOf(entry));
	const details = entry.details === undefined ? null : JSON.stringify(entry.details);
	const { boot, bootedAt } = clock;
	const isSynchronised = clock.isSynchronised ? 1 : 0;
	const same: Pick<HistoryRow, 'id'> | undefined = await db<HistoryRow>(TABLE)
		.where({ identity, kind: entry.kind, isSynchronised })
		.where(clock.isSynchronised ? {} : { boot })
		.whereBetween('lastAt', [firstAt - REPEAT_WITHIN_MS, firstAt + REPEAT_WITHIN_MS])
		.orderBy('id', 'desc')
		.first('id');
	if (same !== undefined) {
		await db<HistoryRow>(TABLE)
			.where({ id: same.id })
			.update({ id, lastAt, details, boot, bootedAt })
			.increment('count', count);
		// SQLite counts only ids of new rows.
		await db('sqlite_sequence').where({ name: TABLE }).andWhere('seq', '<', id).update({ seq: id });
		return undefined;
	}
	const { kind, event, appId = null, appUuid = null, serviceName = null, sentence } = entry;
	const bytes = sizeOf(entry, details);
	await db<HistoryRow>(TABLE).insert({
		...{ id, kind, event, appId, appUuid, serviceName, sentence, details, identity },
		...{ count, firstAt, lastAt, isSynchronised, boot, bootedAt, bytes },
	});
	return bytes;
}

async function replaceReasons(db: Knex, reasons: readonly HeldReason[]): Promise<void> {
	await db(REASONS).delete();
	for (const { id, since } of reasons) {
		await db<HeldReason>(REASONS).insert({ id, since }).onConflict('id').merge();
	}
}

async function measure(db: Knex): Promise<{ readonly rows: number; readonly bytes: number }> {
	const rows: readonly { readonly rows: number; readonly bytes: number | null }[] = await db(TABLE).select(
		db.raw('count(*) as ??', ['rows']),
		db.raw('sum(??) as ??', ['bytes', 'bytes']),
	);
	return { rows: rows[0]?.rows ?? 0, bytes: rows[0]?.bytes ?? 0 };
}

/** The oldest go, down to a little less than the limits; of each kind the newest stay. Returns what is left. */
async function prune(
	db: Knex,
	total: { readonly rows: number; readonly bytes: number },
	limits: Limits,
): Promise<{ readonly rows: number; readonly bytes: number }> {
	const isFull = ({ rows, bytes }: typeof total) => rows > limits.rows || bytes > limits.bytes;
	let left = total;
	while (isFull(left)) {
		const ranked = db<HistoryRow>(TABLE).select(
			'id',
			db.raw('row_number() over (partition by kind order by id desc) as place'),
		);
		const oldest = db
			.from(ranked.as('ranked'))
			.where('place', '>', limits.floor)
			.orderBy('id')
			.limit(Math.max(0, left.rows - limits.rows) + PRUNE_ROWS)
			.select('id');
		const removed: number = await db(TABLE).whereIn('id', oldest).delete();
		left = await measure(db);
		if (removed === 0) {
			return left;
		}
	}
	return left;
}

function filter(
	table: Knex.QueryBuilder<HistoryRow>,
	{ since, until, appIds, app, serviceName, kinds, before, after }: HistoryQuery,
): Knex.QueryBuilder<HistoryRow, HistoryRow[]> {
	if (since !== undefined) table.where('lastAt', '>=', since);
	if (until !== undefined) table.where('firstAt', '<=', until);
	if (appIds !== undefined) table.whereIn('appId', appIds);
	if (app !== undefined) {
		const appId = /^\d{1,15}$/.test(app) ? Number(app) : -1;
		table.where((where) => {
			void where.where({ appUuid: app }).orWhere({ appId });
		});
	}
	if (serviceName !== undefined) table.where({ serviceName });
	if (kinds !== undefined) table.whereIn('kind', kinds);
	if (before !== undefined) table.where('id', '<', before);
	if (after !== undefined) table.where('id', '>', after);
	return table as Knex.QueryBuilder<HistoryRow, HistoryRow[]>; // its rows as they are
}

/** `undefined`: of a kind that a newer supervisor has written. */
function readRow(row: HistoryRow): HistoryEntry | undefined {
	const kind = HISTORY_KINDS.find((known) => known === row.kind);
	if (kind === undefined) {
		return undefined;
	}
	const { id, event, sentence, count, firstAt, lastAt } = row;
	const details = readDetails(row.details);
	return {
		...{ id, kind, event, sentence, count, firstAt, lastAt },
		isSynchronised: Boolean(row.isSynchronised),
		...(row.appId === null ? {} : { appId: row.appId }),
		...(row.appUuid === null ? {} : { appUuid: row.appUuid }),
		...(row.serviceName === null ? {} : { serviceName: row.serviceName }),
		...(details === undefined ? {} : { details }),
	};
}

/** For people only: a damaged value counts as absent. */
function readDetails(text: string | null): HistoryDetails | undefined {
	try {
		const value: unknown = text === null ? undefined : JSON.parse(text);
		return isPlainObject(value) ? (value as HistoryDetails) : undefined; // we write no other values
	} catch {
		return undefined;
	}
}
