import type { Instant } from '../../domain/plan.ts';
import type { ContainerView } from '../../domain/service.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Engine } from '../../ports/engine.ts';

/** Ends so close together have one cause. */
const TOGETHER_MS = 1000;
const STEADY_MS = 2000;
const LOOK_AGAIN_MS = 250;

/**
 * Whether the engine keeps running. While it shuts down it ends its containers one after the other, and still answers
 * existing connections: a container that it starts then is lost (decision D1).
 */
export class EngineSteadiness {
	readonly #engine: Pick<Engine, 'ping'>;
	readonly #clock: Pick<Clock, 'now'>;
	/** Of containers that were seen to have ended: their end times. */
	#ends: ReadonlyMap<string, string> = new Map();
	#isInDoubt = false;
	/** Since when the engine has answered in this check; `undefined` if it did not answer the last time. */
	#answersSince: Instant | undefined;

	constructor(engine: Pick<Engine, 'ping'>, clock: Pick<Clock, 'now'>) {
		this.#engine = engine;
		this.#clock = clock;
	}

	/**
	 * Until when no ended container is started again; `undefined` if the engine is steady. Rejects with an `EngineError`
	 * if it does not answer a new connection.
	 */
	async look(containers: readonly ContainerView[]): Promise<Instant | undefined> {
		const ends = endsOf(containers);
		const fresh = [...ends].filter(([id, at]) => this.#ends.get(id) !== at);
		if (fresh.length === 0 && !this.#isInDoubt) {
			this.#ends = ends;
			return undefined;
		}
		await this.#ping();
		this.#ends = ends;
		const now = this.#clock.now();
		if (fresh.some(([id, at]) => hasNeighbour(id, at, ends))) {
			this.#isInDoubt = true;
			this.#answersSince = now;
		}
		this.#answersSince ??= now;
		if (!this.#isInDoubt || now - this.#answersSince >= STEADY_MS) {
			this.#isInDoubt = false;
			this.#answersSince = undefined;
			return undefined;
		}
		return Math.min(now + LOOK_AGAIN_MS, this.#answersSince + STEADY_MS);
	}

	async #ping(): Promise<void> {
		try {
			await this.#engine.ping();
		} catch (error) {
			this.#answersSince = undefined;
			throw error;
		}
	}
}

function endsOf(containers: readonly ContainerView[]): ReadonlyMap<string, string> {
	return new Map(
		containers.flatMap(({ containerId, runState, finishedAt }) =>
			runState === 'exited' && finishedAt !== undefined ? [[containerId, finishedAt]] : [],
		),
	);
}

function hasNeighbour(id: string, at: string, ends: ReadonlyMap<string, string>): boolean {
	return [...ends].some(
		([other, otherAt]) => other !== id && Math.abs(Date.parse(otherAt) - Date.parse(at)) < TOGETHER_MS,
	);
}
