import type { FailedStart } from '../../domain/current.ts';

interface NotedStart {
	readonly containerId: string;
	/** `1/web` */
	readonly service: string;
	readonly error: string;
	readonly hasRemains: boolean;
}

interface Entry extends FailedStart {
	readonly service: string;
}

/**
 * The containers that the engine could not start, and how often: in memory, because the engine may start them after a
 * restart.
 */
export class FailedStarts {
	#entries: ReadonlyMap<string, Entry> = new Map();
	/** By service: the number of its containers that never started. */
	readonly #neverStarted = new Map<string, number>();

	note({ containerId, service, error, hasRemains }: NotedStart): void {
		const known = this.#entries.get(containerId);
		const predecessors = known?.predecessors ?? this.#neverStarted.get(service) ?? 0;
		const entry = { service, error, hasRemains, predecessors, failures: (known?.failures ?? 0) + 1 };
		if (known === undefined) {
			this.#neverStarted.set(service, predecessors + 1);
		}
		this.#entries = new Map([...this.#entries, [containerId, entry]]);
	}

	/** The container started, so earlier ones of its service no longer count. */
	started({ containerId, service }: Pick<NotedStart, 'containerId' | 'service'>): void {
		this.#neverStarted.delete(service);
		this.keep((id) => id !== containerId);
	}

	/** Forgets containers that are gone, but not their number. */
	keep(isThere: (containerId: string) => boolean): void {
		const kept = [...this.#entries].filter(([id]) => isThere(id));
		if (kept.length < this.#entries.size) {
			this.#entries = new Map(kept);
		}
	}

	list(): ReadonlyMap<string, FailedStart> {
		return this.#entries;
	}
}
