import { isNameless, type EngineImage } from '../../domain/engine-objects.ts';
import type { Instant } from '../../domain/plan.ts';
import type { Clock } from '../../ports/clock.ts';

/**
 * Longer than most steps of a build: until its next step begins, nothing on the engine shows that an image is in use.
 */
const YOUNG_MS = 10 * 60_000;

/**
 * Images without a name may belong to a build: each layer of a build is one, until the last gets its name. For pulled
 * images the engine shows the publisher's time as their age, so the age counts from when the supervisor first saw them.
 */
export class YoungImages {
	readonly #clock: Pick<Clock, 'now'>;
	#seenAt: ReadonlyMap<string, Instant> = new Map();

	constructor(clock: Pick<Clock, 'now'>) {
		this.#clock = clock;
	}

	/** Ids of images without a name that were first seen a short time ago. */
	look(images: readonly EngineImage[]): readonly string[] {
		const now = this.#clock.now();
		const nameless = images.filter(isNameless);
		this.#seenAt = new Map(nameless.map(({ id }) => [id, this.#seenAt.get(id) ?? now]));
		return [...this.#seenAt].filter(([, seenAt]) => now - seenAt < YOUNG_MS).map(([id]) => id);
	}
}
