import type { Instant } from '../../domain/plan.ts';
import type { Clock } from '../../ports/clock.ts';
import type { BootClock, HeldReason } from '../../ports/history-store.ts';

interface Reason {
	readonly id: string;
	readonly since: Instant;
}

/** A reason that is found later than this after the start is another one, which happens to say the same. */
const RESTORED_FOR_MS = 600_000;
/** With a clock that is not set, a beginning would be stored that no later run can use. */
const PLAUSIBLE_FROM = Date.UTC(2024, 0, 1);

/** Since when reasons hold, over a restart of the supervisor (spec: v3-api 3.4). */
export class RememberedReasons {
	readonly #clock: Pick<Clock, 'now' | 'wall'>;
	/** Each is used once: what comes again later begins anew. */
	readonly #restored = new Map<string, Instant>();
	#restoredAt = 0;
	/** Absent: no pass has found any yet, and those of the last run stand. */
	#held: readonly Reason[] | undefined;
	/** The ids as they stand in the table; absent: they must be written in any case. */
	#stored: string | undefined;
	#taken: string | undefined;

	constructor(clock: Pick<Clock, 'now' | 'wall'>) {
		this.#clock = clock;
	}

	/** The wall clock may have been set back meanwhile: no reason begins in the future. */
	restore(reasons: readonly HeldReason[]): void {
		const [now, wall] = [this.#clock.now(), this.#clock.wall().getTime()];
		for (const { id, since } of reasons) {
			this.#restored.set(id, now - Math.max(0, wall - since));
		}
		this.#restoredAt = now;
		this.#stored = idsOf(reasons);
	}

	sinceOf(id: string): Instant | undefined {
		if (this.#restored.size > 0 && this.#clock.now() > this.#restoredAt + RESTORED_FOR_MS) {
			this.#restored.clear();
		}
		const since = this.#restored.get(id);
		this.#restored.delete(id);
		return since;
	}

	/** Returns whether the table has to follow. */
	keep(reasons: readonly Reason[]): boolean {
		this.#held = reasons;
		return idsOf(reasons) !== this.#stored;
	}

	/** `undefined`: the table has them already. */
	takeChanged({ isSynchronised }: BootClock): readonly HeldReason[] | undefined {
		const [now, wall] = [this.#clock.now(), this.#clock.wall().getTime()];
		const ids = this.#held === undefined ? undefined : idsOf(this.#held);
		if (this.#held === undefined || ids === this.#stored || !(isSynchronised || wall >= PLAUSIBLE_FROM)) {
			return undefined;
		}
		this.#taken = ids;
		return this.#held.map(({ id, since }) => ({ id, since: Math.round(wall - (now - since)) }));
	}

	/** What was taken last is in the table. */
	written(): void {
		this.#stored = this.#taken ?? this.#stored;
		this.#taken = undefined;
	}
}

function idsOf(reasons: readonly { readonly id: string }[]): string {
	return reasons
		.map(({ id }) => id)
		.sort()
		.join();
}
