import type { StepFailure } from './requests/index.ts';
import { policyOfError, type ErrorPolicy } from '../domain/error-policy.ts';
import type { Pause, ProposedStep } from '../domain/plan.ts';
import type { RunningStep } from '../domain/status.ts';
import { ownerOf, partOf, subjectOf, type Step, type StepId, type StepKind } from '../domain/step.ts';
import { backoffMs, type Backoff } from '../lib/backoff.ts';
import { untilAborted } from '../lib/until-aborted.ts';
import type { Clock } from '../ports/clock.ts';
import type { ExecutionContext, Executors } from '../ports/executors.ts';
import type { Log } from '../ports/log.ts';
import { OperationalError } from '../ports/operational-error.ts';

export type StepEnd =
	/** `not-yet`: neither done nor failed; it is retried. */
	| { readonly outcome: 'done' | 'cancelled' | 'not-yet' }
	| {
			readonly outcome: 'failed';
			readonly error: OperationalError;
			readonly retryInMs: number;
			/** With the same reason as the last time, and no request has come since. */
			readonly isRepeated: boolean;
	  };

interface StepRunnerOptions {
	readonly executors: Executors;
	readonly clock: Clock;
	readonly log: Log;
	/** Read at each failure: the ceiling is a setting. */
	readonly backoff: (pause: ErrorPolicy['pause']) => Backoff;
	/** After this many turns without effect a step is shown as stuck. */
	readonly stuckAfter: number;
	readonly ended: (step: ProposedStep, end: StepEnd, durationMs: number) => void;
	readonly progressed: () => void;
	/** An unexpected error: the process has to end. */
	readonly crashed: (error: unknown) => void;
}

interface InFlight {
	readonly proposed: ProposedStep;
	readonly controller: AbortController;
	readonly done: Promise<void>;
	percent: number | undefined;
}

/** Why a step pauses. */
interface Failure {
	readonly owner: string;
	readonly serviceName?: string | undefined;
	readonly part?: string | undefined;
	readonly kind: StepKind;
	readonly count: number;
	readonly error: string;
	readonly code: string;
	readonly at: number;
}

interface PausedFailure extends Failure, Pick<Pause, 'until' | 'since' | 'reason'> {}

/** Code of a step that succeeded and is proposed again. */
const NO_EFFECT = 'no-effect';

/** Runs steps, remembers how they ended, decides nothing. */
export class StepRunner {
	readonly #options: StepRunnerOptions;
	readonly #inFlight = new Map<StepId, InFlight>();
	readonly #failures = new Map<StepId, PausedFailure>();
	/** Steps that succeeded, how often, and their owners: kept until the owner is on target. */
	readonly #succeeded = new Map<
		StepId,
		{ readonly owner: string; readonly kind: StepKind; readonly turns: number; readonly reviewed: number }
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
			[...this.#failures].map(([id, { until, count, error, since, reason }]) => [
				id,
				{ until, failures: count, error, since, reason },
			]),
		);
	}

	/**
	 * Compares the steps that ran with those that are proposed now. A step that succeeded and is proposed again had no
	 * effect: that counts as a failure. The pauses of steps that are no longer proposed end. `busy` are the steps in
	 * flight when the observation began: their effect may not have been observed.
	 */
	review(proposed: readonly ProposedStep[], busy: ReadonlySet<StepId>): void {
		const ids = new Set(proposed.map((step) => step.id));
		const owners = new Set(proposed.map((step) => ownerOf(step.step)));
		for (const id of this.#failures.keys()) {
			if (!ids.has(id) && !busy.has(id) && !this.#succeeded.has(id)) {
				this.#failures.delete(id);
			}
		}
		for (const [id, { owner, kind, turns, reviewed }] of this.#succeeded) {
			if (!owners.has(owner)) {
				this.#succeeded.delete(id);
				this.#failures.delete(id);
			} else if (ids.has(id) && turns > reviewed && !busy.has(id)) {
				this.#succeeded.set(id, { owner, kind, turns, reviewed: turns });
				this.#pause(id, {
					owner,
					kind,
					error: 'had no effect',
					code: NO_EFFECT,
					count: turns,
					at: this.#options.clock.now(),
				});
			}
		}
	}

	/** A new target starts without pauses. */
	resetBackoff(): void {
		this.#failures.clear();
		this.#succeeded.clear();
	}

	/** Steps that failed because the engine was away are retried at once. */
	resetUnreachableBackoff(): void {
		for (const [id, { code }] of this.#failures) {
			if (policyOfError(code).endsWithEngine === true) {
				this.#failures.delete(id);
			}
		}
	}

	/** Steps that failed and will be retried. */
	failures(): readonly StepFailure[] {
		return [...this.#failures]
			.map(([id, failure]) => ({ id, ...failure }))
			.filter(({ code, reason }) => code !== NO_EFFECT && reason !== 'not-yet');
	}

	get hasFailures(): boolean {
		return [...this.#failures.values()].some(({ reason }) => reason !== 'not-yet');
	}

	start(proposed: ProposedStep): void {
		const controller = new AbortController();
		const entry: InFlight = { proposed, controller, percent: undefined, done: this.#run(proposed, controller.signal) };
		this.#inFlight.set(proposed.id, entry);
	}

	/** Interrupts steps that may be interrupted and are no longer wanted. */
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
		await Promise.race([all, untilAborted(deadline)]);
	}

	async #run(proposed: ProposedStep, signal: AbortSignal): Promise<void> {
		await Promise.resolve(); // the entry must be in flight before its step can end
		const { clock, log } = this.#options;
		const { id, step, reason } = proposed;
		const fields = { step: step.kind, subject: subjectOf(step) };
		const startedAt = clock.now();
		log.debug('step started', { ...fields, reason });
		let end: StepEnd = { outcome: 'done' };
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
			this.#succeeded.set(id, { owner: ownerOf(step), kind: step.kind, turns: turns + 1, reviewed });
			log.info('step done', { ...fields, reason, durationMs: Math.round(clock.now() - startedAt) });
		} catch (error) {
			end = signal.aborted ? { outcome: 'cancelled' } : this.#endOf(proposed, error, startedAt); // neither failed nor succeeded
		} finally {
			this.#inFlight.delete(id);
			this.#options.ended(proposed, end, clock.now() - startedAt);
		}
	}

	#execute(step: Step, context: ExecutionContext): Promise<void> {
		// The table holds the executor of this very kind; the compiler cannot follow the index through the union.
		const execute = this.#options.executors[step.kind] as (step: Step, context: ExecutionContext) => Promise<void>;
		return execute(step, context);
	}

	#endOf(proposed: ProposedStep, error: unknown, startedAt: number): StepEnd {
		const { log, crashed } = this.#options;
		if (!(error instanceof OperationalError)) {
			crashed(error);
			return { outcome: 'cancelled' };
		}
		const { id, step } = proposed;
		const { reason } = policyOfError(error.code);
		const notYet = reason === 'not-yet';
		const last = this.#failures.get(id);
		const isSameRow = last !== undefined && (last.reason === 'not-yet') === notYet;
		const count = (isSameRow ? last.count : 0) + 1;
		const failure = {
			owner: ownerOf(step),
			serviceName: 'serviceName' in step ? step.serviceName : undefined,
			part: partOf(step),
			kind: step.kind,
			error: error.message,
			code: error.code,
			count,
			at: startedAt,
		};
		const isRepeated = last !== undefined && last.error === error.message;
		const retryInMs = Math.round(this.#pause(id, failure));
		if (notYet) {
			const fields = { step: step.kind, subject: subjectOf(step), because: error.message, retryInMs };
			log[isRepeated ? 'debug' : 'info']('step has to wait', fields);
			return { outcome: 'not-yet' };
		}
		// A lock may be held for days, with the same reason each time.
		log[isRepeated && reason === 'locked-by-user' ? 'debug' : 'warn']('step failed', {
			step: step.kind,
			subject: subjectOf(step),
			error: error.message,
			failures: count,
			retryInMs,
		});
		return { outcome: 'failed', error, retryInMs, isRepeated };
	}

	/** Returns the pause before the next try, ms. */
	#pause(id: StepId, failure: Failure): number {
		const { clock, backoff, stuckAfter } = this.#options;
		const { count, code } = failure;
		const now = clock.now();
		const policy = policyOfError(code);
		const pauseMs = backoffMs(backoff(policy.pause), count, () => clock.random());
		const since = this.#failures.get(id)?.since ?? now;
		const reason = code === NO_EFFECT && count >= stuckAfter ? 'stuck' : policy.reason;
		this.#failures.set(id, { ...failure, until: now + pauseMs, since, reason });
		return pauseMs;
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
