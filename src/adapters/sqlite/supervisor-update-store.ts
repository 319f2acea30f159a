import type { SupervisorAttempt } from '../../domain/supervisor-update.ts';
import type { Clock } from '../../ports/clock.ts';
import type { SupervisorUpdateStore } from '../../ports/supervisor-update.ts';
import type { Connection } from './connection.ts';

const TABLE = 'supervisorUpdate';
const ID = 1;

interface Row {
	readonly id: number;
	readonly image: string;
	readonly commit: string;
	readonly version: string;
	readonly fromImageId: string;
	readonly attempts: number;
	readonly attemptedAt: number;
	readonly state: string;
	readonly failure: string | null;
}

/** Read once; then the table follows the cache. */
export class SqliteSupervisorUpdateStore implements SupervisorUpdateStore {
	readonly #connection: Connection;
	readonly #clock: Pick<Clock, 'now' | 'wall'>;
	#cache: { readonly attempt: SupervisorAttempt | undefined } | undefined;

	constructor(connection: Connection, clock: Pick<Clock, 'now' | 'wall'>) {
		this.#connection = connection;
		this.#clock = clock;
	}

	async read(): Promise<SupervisorAttempt | undefined> {
		this.#cache ??= { attempt: await this.#load() };
		return this.#cache.attempt;
	}

	async begin(begun: Omit<SupervisorAttempt, 'attemptedAt' | 'state' | 'failure'>): Promise<void> {
		const { image, commit, version, fromImageId, attempts } = begun;
		const attempt = { image, commit, version, fromImageId, attempts, state: 'started' } as const;
		const row = { id: ID, ...attempt, failure: null, attemptedAt: this.#clock.wall().getTime() };
		await this.#connection.query((db) => db<Row>(TABLE).insert(row).onConflict('id').merge());
		this.#cache = { attempt: { ...attempt, attemptedAt: this.#clock.now() } };
	}

	async note({ state, failure }: Pick<SupervisorAttempt, 'state' | 'failure'>): Promise<void> {
		const known = await this.read();
		if (known === undefined) {
			return;
		}
		await this.#connection.query((db) =>
			db<Row>(TABLE)
				.where({ id: ID })
				.update({ state, failure: failure ?? null }),
		);
		const { image, commit, version, fromImageId, attempts, attemptedAt } = known;
		const attempt = { image, commit, version, fromImageId, attempts, attemptedAt, state };
		this.#cache = { attempt: failure === undefined ? attempt : { ...attempt, failure } };
	}

	/** The wall clock may have been set meanwhile: an attempt is never in the future. */
	async #load(): Promise<SupervisorAttempt | undefined> {
		const row = await this.#connection.query((db) => db<Row>(TABLE).where({ id: ID }).first());
		const state = STATES.find((known) => known === row?.state);
		if (row === undefined || state === undefined) {
			return undefined;
		}
		const { image, commit, version, fromImageId, attempts, failure } = row;
		const age = Math.max(0, this.#clock.wall().getTime() - row.attemptedAt);
		const attempt = { image, commit, version, fromImageId, attempts, state, attemptedAt: this.#clock.now() - age };
		return failure === null ? attempt : { ...attempt, failure };
	}
}

/** One that a newer supervisor has written is not known, and counts as none. */
const STATES: readonly SupervisorAttempt['state'][] = ['started', 'done', 'failed', 'refused'];
