import type { Pause, ProposedStep } from '../domain/plan.ts';
import type { RunningStep } from '../domain/status.ts';
import { ownerOf, subjectOf, type Step, type StepId } from '../domain/step.ts';
import { backoffMs, type Backoff } from '../lib/backoff.ts';
import type { Clock } from '../ports/clock.ts';
import type { ExecutionContext, Executors } from '../ports/executors.ts';
import type { Log } from '../ports/log.ts';
import { OperationalError } from '../ports/operational-error.ts';

export type StepOutcome = 'done' | 'failed' | 'cancelled';

export interface StepRunnerOptions {
	readonly executors: Executors;
	readonly clock: Clock;
	readonly log: Log;
	/** Read at each failure: its ceiling is a setting. */
	readonly backoff: () => Backoff;
	/** After this many turns without effect a step is shown as stuck. */
	readonly stuckAfter: number;
	/** A step ended, well or badly. */
	readonly settled: (step: ProposedStep, outcome: StepOutcome) => void;
	readonly progressed: () => void;
	/** A bug: the process has to end. */
	readonly crashed: (error: unknown) => void;
}

interface InFlight {
	readonly proposed: ProposedStep;
	readonly controller: AbortController;
	readonly done: Promise<void>;
	percent: number | undefined;
}

interface Failure {
	readonly owner: string;
	readonly count: number;
	readonly until: number;
	readonly error: string;
	readonly stuck: boolean;
}

/** Runs steps, remembers how they ended, decides nothing. */
export class StepRunner {
	readonly #options: StepRunnerOptions;
	readonly #inFlight = new Map<StepId, InFlight>();
	readonly #failures = new Map<StepId, Failure>();
	/** Steps that ended well, how often, and whose they are: kept until their owner is on target. */
	readonly #succeeded = new Map<
		StepId,
		{ readonly owner: string; readonly turns: number; readonly reviewed: number }
	>();

	constructor(options: StepRunnerOptions) {
		this.#options = options;
	}

	inFlight(): readonly ProposedStep[] {
		return [...this.#inFlight.values()].map((entry) => entry.proposed);
	}

	running(): readonly RunningStep[] {
		return [...this.#inFlight.values()].map(({ proposed, percent }) => ({
			id: proposed.id,
			step: proposed.step,
			...(percent === undefined ? {} : { percent }),
		}));
	}

	paused(): ReadonlyMap<StepId, Pause> {
		return new Map(
			[...this.#failures].map(([id, { until, count, error, stuck }]) => [id, { until, failures: count, error, stuck }]),
		);
	}

	/**
	 * Compares what ran with what is proposed now. A step that succeeded and is proposed again did not work: that counts
	 * as a failure. What is no longer proposed is forgiven. `busy` are the steps in flight when the observation began:
	 * their effect may not have been seen.
	 */
	review(proposed: readonly ProposedStep[], busy: ReadonlySet<StepId>): void {
		const ids = new Set(proposed.map((step) => step.id));
		const owners = new Set(proposed.map((step) => ownerOf(step.step)));
		for (const id of this.#failures.keys()) {
			if (!ids.has(id) && !this.#succeeded.has(id)) {
				this.#failures.delete(id);
			}
		}
		for (const [id, { owner, turns, reviewed }] of this.#succeeded) {
			if (!owners.has(owner)) {
				this.#succeeded.delete(id);
				this.#failures.delete(id);
			} else if (ids.has(id) && turns > reviewed && !busy.has(id)) {
				this.#succeeded.set(id, { owner, turns, reviewed: turns });
				this.#noteFailure(id, { owner, error: 'had no effect', count: turns, isWithoutEffect: true });
			}
		}
	}

	/** A new target gets a new chance. */
	forgive(): void {
		this.#failures.clear();
		this.#succeeded.clear();
	}

	get hasFailures(): boolean {
		return this.#failures.size > 0;
	}

	start(proposed: ProposedStep): void {
		const controller = new AbortController();
		const entry: InFlight = { proposed, controller, percent: undefined, done: this.#run(proposed, controller.signal) };
		this.#inFlight.set(proposed.id, entry);
	}

	/** Interrupts what may be interrupted and is no longer wanted. */
	cancelExcept(wanted: ReadonlySet<StepId>): void {
		for (const [id, { proposed, controller }] of this.#inFlight) {
			if (!wanted.has(id) && proposed.interruptible && !controller.signal.aborted) {
				this.#options.log.info('step cancelled', { step: proposed.step.kind, subject: subjectOf(proposed.step) });
				controller.abort(new StepCancelled());
			}
		}
	}

	/** Interrupts pulls and waits for the rest, until the deadline. */
	async drain(deadline: AbortSignal): Promise<void> {
		this.cancelExcept(new Set());
		const all = Promise.all([...this.#inFlight.values()].map((entry) => entry.done));
		await Promise.race([
			all,
			new Promise<void>((resolve) => {
				if (deadline.aborted) {
					resolve();
				}
				deadline.addEventListener('abort', () => {
					resolve();
				});
			}),
		]);
	}

	async #run(proposed: ProposedStep, signal: AbortSignal): Promise<void> {
		await Promise.resolve(); // the entry must be in flight before its step can end
		const { clock, log } = this.#options;
		const { id, step, reason } = proposed;
		const fields = { step: step.kind, subject: subjectOf(step) };
		const startedAt = clock.now();
		log.debug('step started', { ...fields, reason });
		let outcome: StepOutcome = 'done';
		try {
			await this.#execute(step, {
				signal,
				progress: (percent) => {
					this.#progress(id, percent);
				},
			});
			this.#failures.delete(id);
			const turns = this.#succeeded.get(id)?.turns ?? 0;
			const reviewed = this.#succeeded.get(id)?.reviewed ?? 0;
			this.#succeeded.set(id, { owner: ownerOf(step), turns: turns + 1, reviewed });
			log.info('step done', { ...fields, reason, durationMs: Math.round(clock.now() - startedAt) });
		} catch (error) {
			outcome = signal.aborted ? 'cancelled' : 'failed';
			this.#noteEnd(proposed, error, signal);
		} finally {
			this.#inFlight.delete(id);
			this.#options.settled(proposed, outcome);
		}
	}

	#execute(step: Step, context: ExecutionContext): Promise<void> {
		// The table holds the executor of this very kind; the compiler cannot follow the index through the union.
		const execute = this.#options.executors[step.kind] as (step: Step, context: ExecutionContext) => Promise<void>;
		return execute(step, context);
	}

	#noteEnd(proposed: ProposedStep, error: unknown, signal: AbortSignal): void {
		const { log, crashed } = this.#options;
		if (signal.aborted) {
			return; // a cancelled step neither failed nor succeeded
		}
		if (!(error instanceof OperationalError)) {
			crashed(error);
			return;
		}
		const { id, step } = proposed;
		const count = (this.#failures.get(id)?.count ?? 0) + 1;
		const failure = { owner: ownerOf(step), error: error.message, count, isWithoutEffect: false };
		const until = this.#noteFailure(id, failure);
		log.warn('step failed', {
			step: step.kind,
			subject: subjectOf(step),
			error: error.message,
			failures: count,
			retryInMs: Math.round(until - this.#options.clock.now()),
		});
	}

	#noteFailure(
		id: StepId,
		failure: {
			readonly owner: string;
			readonly error: string;
			readonly count: number;
			readonly isWithoutEffect: boolean;
		},
	): number {
		const { clock, backoff, stuckAfter } = this.#options;
		const { owner, error, count, isWithoutEffect } = failure;
		const until = clock.now() + backoffMs(backoff(), count, () => clock.random());
		this.#failures.set(id, { owner, count, until, error, stuck: isWithoutEffect && count >= stuckAfter });
		return until;
	}

	#progress(id: StepId, percent: number): void {
		const entry = this.#inFlight.get(id);
		const whole = Math.floor(percent);
		if (entry !== undefined && entry.percent !== whole) {
			entry.percent = whole;
			this.#options.progressed();
		}
	}
}

/** The reason with which an unwanted step is aborted. */
class StepCancelled extends Error {
	override readonly name = 'StepCancelled';
}
