import { isSameRelease, type HostUpdateRecord } from '../../domain/host-os.ts';
import type { HostRelease } from '../../domain/host-release.ts';
import { isPlainObject } from '../../lib/is-plain-object.ts';
import type { Clock } from '../../ports/clock.ts';
import type { HostUpdateStore } from '../../ports/host-updates.ts';
import type { Connection } from './connection.ts';

const TABLE = 'hostUpdate';
/** Longest time that an attempt may lie in the past and still count for one: the planner knows how long it counts. */
const AGE_MAX_MS = 7 * 24 * 3_600_000;

interface HostUpdateRow {
	readonly commit: string;
	readonly release: string;
	readonly attempts: number;
	readonly attemptedAt: number | null;
	readonly failure: string | null;
}

/** Read once; then the table follows the cache. One row for each commit. */
export class SqliteHostUpdateStore implements HostUpdateStore {
	readonly #connection: Connection;
	readonly #clock: Pick<Clock, 'now' | 'wall'>;
	#records: readonly HostUpdateRecord[] | undefined;

	constructor(connection: Connection, clock: Pick<Clock, 'now' | 'wall'>) {
		this.#connection = connection;
		this.#clock = clock;
	}

	async list(): Promise<readonly HostUpdateRecord[]> {
		this.#records ??= await this.#load();
		return this.#records;
	}

	async begin(release: HostRelease, attempts: number): Promise<void> {
		const record = { release, attempts, attemptedAt: this.#clock.now() };
		await this.#save(record, this.#clock.wall().getTime());
	}

	async fail(release: HostRelease, failure: string): Promise<void> {
		const known = await this.list();
		const { commit } = release;
		await this.#connection.query((db) => db<HostUpdateRow>(TABLE).where({ commit }).update({ failure }));
		this.#records = known.map((record) => (isSameRelease(record.release, release) ? { ...record, failure } : record));
	}

	async keepOnly(release: HostRelease): Promise<void> {
		const { commit } = release;
		await this.#connection.transaction(async (db) => {
			await db<HostUpdateRow>(TABLE).whereNot({ commit }).delete();
			const row = { commit, release: JSON.stringify(release), attempts: 0, attemptedAt: null, failure: null };
			await db<HostUpdateRow>(TABLE).insert(row).onConflict('commit').merge();
		});
		this.#records = [{ release, attempts: 0 }];
	}

	async #save(record: HostUpdateRecord, attemptedAt: number): Promise<void> {
		const known = await this.list();
		const { release, attempts } = record;
		const { commit } = release;
		const row = { commit, release: JSON.stringify(release), attempts, attemptedAt, failure: null };
		await this.#connection.query((db) => db<HostUpdateRow>(TABLE).insert(row).onConflict('commit').merge());
		this.#records = [...known.filter((each) => each.release.commit !== commit), record];
	}

	/** The wall clock may have jumped meanwhile: an attempt is never in the future. */
	async #load(): Promise<readonly HostUpdateRecord[]> {
		const rows = await this.#connection.query((db) => db<HostUpdateRow>(TABLE).select().orderBy('rowid'));
		const [now, wall] = [this.#clock.now(), this.#clock.wall().getTime()];
		return rows.flatMap(({ release: text, attempts, attemptedAt, failure }) => {
			const release = readRelease(text);
			const ageMs = attemptedAt === null ? undefined : Math.min(AGE_MAX_MS, Math.max(0, wall - attemptedAt));
			return release === undefined
				? []
				: {
						release,
						attempts,
						...(ageMs === undefined ? {} : { attemptedAt: now - ageMs }),
						...(failure === null ? {} : { failure }),
					};
		});
	}
}

/** A damaged value counts as absent: its attempts are counted anew. */
function readRelease(text: string): HostRelease | undefined {
	let value: unknown;
	try {
		value = JSON.parse(text);
	} catch {
		return undefined;
	}
	if (!isPlainObject(value)) {
		return undefined;
	}
	const { appId, appUuid, commit, serviceName, image, updater, build } = value;
	return typeof appId === 'number' &&
		typeof appUuid === 'string' &&
		typeof commit === 'string' &&
		typeof serviceName === 'string' &&
		typeof image === 'string' &&
		typeof updater === 'string' &&
		typeof build === 'string'
		? { appId, appUuid, commit, serviceName, image, updater, build }
		: undefined;
}
