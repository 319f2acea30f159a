import type { Instant } from '../../domain/plan.ts';
import type { Clock } from '../../ports/clock.ts';

const EXCLUDED_MS = 3_600_000;

/** Images that could not be cleaned up are skipped for an hour (spec: compose 8.10): nothing depends on them. */
export class CleanupExclusions {
	readonly #clock: Pick<Clock, 'now'>;
	readonly #until = new Map<string, Instant>();
	#listed: ReadonlySet<string> = new Set();

	constructor(clock: Pick<Clock, 'now'>) {
		this.#clock = clock;
	}

	exclude(engineImageId: string): void {
		this.#until.set(engineImageId, this.#clock.now() + EXCLUDED_MS);
		this.#listed = new Set(this.#until.keys());
	}

	list(): ReadonlySet<string> {
		const now = this.#clock.now();
		const over = [...this.#until].filter(([, until]) => until <= now);
		if (over.length > 0) {
			over.forEach(([id]) => this.#until.delete(id));
			this.#listed = new Set(this.#until.keys());
		}
		return this.#listed;
	}
}
