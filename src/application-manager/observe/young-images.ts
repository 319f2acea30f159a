import { isNameless, type EngineImage } from '../../domain/engine-objects.ts';
import type { Instant } from '../../domain/plan.ts';
import type { Clock } from '../../ports/clock.ts';

/** Longer than most steps of a build: until its next step begins, nothing on the engine says that an image is of use. */
const YOUNG_MS = 10 * 60_000;

/**
 * Images without a name may be in the making: each layer of a build is one, until the last gets its name. What the engine says
 * of their age is the publisher's time for those that were pulled, so it counts since when we have seen them.
 */
export class YoungImages {
	readonly #clock: Pick<Clock, 'now'>;
	#seenAt: ReadonlyMap<string, Instant> = new Map();

	constructor(clock: Pick<Clock, 'now'>) {
		this.#clock = clock;
	}

	/** Ids of those that have been without a name for a short time only. */
	look(images: readonly EngineImage[]): readonly string[] {
		const now = this.#clock.now();
		const nameless = images.filter(isNameless);
		this.#seenAt = new Map(nameless.map(({ id }) => [id, this.#seenAt.get(id) ?? now]));
		return [...this.#seenAt].filter(([, seenAt]) => now - seenAt < YOUNG_MS).map(([id]) => id);
	}
}
