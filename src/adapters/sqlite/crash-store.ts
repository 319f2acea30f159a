import type { Crash, PausedCrash } from '../../domain/crash.ts';
import { backoffMs } from '../../lib/backoff.ts';
import type { Clock } from '../../ports/clock.ts';
import type { CrashMemory } from '../../ports/crash-memory.ts';
import type { Connection } from './connection.ts';

const TABLE = 'crash';
const BACKOFF = { firstMs: 10_000, maxMs: 300_000 };
/** Containers come and go: the latest ones are enough. */
const KEPT_MAX = 200;

interface CrashRow {
	readonly containerId: string;
	readonly restarts: number;
	readonly exitCode: number;
	readonly error: string;
	readonly lines: string;
	readonly startedAt: number;
}

/** Read once; then the table follows the cache. */
export class SqliteCrashStore implements CrashMemory {
	readonly #connection: Connection;
	readonly #clock: Pick<Clock, 'now' | 'wall'>;
	#crashes: ReadonlyMap<string, PausedCrash> | undefined;

	constructor(connection: Connection, clock: Pick<Clock, 'now' | 'wall'>) {
		this.#connection = connection;
		this.#clock = clock;
	}

	async list(): Promise<ReadonlyMap<string, PausedCrash>> {
		this.#crashes ??= await this.#load();
		return this.#crashes;
	}

	async note(crash: Omit<Crash, 'restarts'>, isNewRow: boolean): Promise<void> {
		const known = await this.list();
		const restarts = (isNewRow ? 0 : (known.get(crash.containerId)?.restarts ?? 0)) + 1;
		const { lines, ...rest } = crash;
		const row = { ...rest, lines: JSON.stringify(lines), restarts, startedAt: this.#clock.wall().getTime() };
		await this.#connection.transaction(async (db) => {
			await db<CrashRow>(TABLE).insert(row).onConflict('containerId').merge();
			const kept = db<CrashRow>(TABLE).select('containerId').orderBy('startedAt', 'desc').limit(KEPT_MAX);
			await db<CrashRow>(TABLE).whereNotIn('containerId', kept).delete();
		});
		const until = this.#clock.now() + pauseMs(restarts);
		this.#crashes = new Map([...known, [crash.containerId, { ...crash, restarts, until }]]);
	}

	/** The wall clock may have jumped meanwhile: at most the whole pause from now. */
	async #load(): Promise<ReadonlyMap<string, PausedCrash>> {
		const rows = await this.#connection.query((db) => db<CrashRow>(TABLE).select());
		const [now, wall] = [this.#clock.now(), this.#clock.wall().getTime()];
		return new Map(
			rows.map(({ startedAt, lines, ...row }) => {
				const pause = pauseMs(row.restarts);
				const leftMs = Math.min(pause, Math.max(0, startedAt + pause - wall));
				return [row.containerId, { ...row, lines: readLines(lines), until: now + leftMs }];
			}),
		);
	}
}

function pauseMs(restarts: number): number {
	return backoffMs(BACKOFF, restarts, () => 0);
}

/** For people only: damaged values count as absent. */
function readLines(text: string): readonly string[] {
	try {
		const lines: unknown = JSON.parse(text);
		return Array.isArray(lines) ? lines.map(String) : [];
	} catch {
		return [];
	}
}
