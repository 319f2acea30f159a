import type { Instant } from '../../domain/plan.ts';
import { isLeaving, type ContainerView } from '../../domain/service.ts';
import type { Clock } from '../../ports/clock.ts';

/** A removal takes moments; a longer one is stuck. */
const REMOVAL_MS = 10_000;

interface SeenOverTime {
	/** Containers that are being removed, with the time until which the planner waits for them. */
	readonly leaving: ReadonlyMap<string, Instant>;
	readonly completed: ReadonlySet<string>;
}

/**
 * Facts that a single observation does not show: since when a container is being removed, and whether it has completed.
 */
export class ContainersOverTime {
	readonly #clock: Pick<Clock, 'now'>;
	#leaving: ReadonlyMap<string, Instant> = new Map();
	#completed: ReadonlySet<string> = new Set();

	constructor(clock: Pick<Clock, 'now'>) {
		this.#clock = clock;
	}

	look(containers: readonly ContainerView[]): SeenOverTime {
		const until = this.#clock.now() + REMOVAL_MS;
		this.#leaving = new Map(
			containers.filter(isLeaving).map(({ containerId }) => [containerId, this.#leaving.get(containerId) ?? until]),
		);
		this.#completed = new Set(
			containers
				.filter((container) => this.#completed.has(container.containerId) || hasCompleted(container))
				.map(({ containerId }) => containerId),
		);
		return { leaving: this.#leaving, completed: this.#completed };
	}
}

/** The engine shows how a container ended until it starts the container again by its restart policy (decision D24). */
function hasCompleted({ runState, exitCode, finishedAt, stateError }: ContainerView): boolean {
	const hasEnded = runState === 'exited' || runState === 'restarting';
	return hasEnded && finishedAt !== undefined && exitCode === 0 && stateError === '';
}
