import type { CurrentState } from '../domain/current.ts';
import { policyOfError } from '../domain/error-policy.ts';
import {
	explainWait,
	isSettled,
	type Instant,
	type Plan,
	type PlanContext,
	type PlanHistory,
	type PlanPolicy,
	type Proposal,
	type ProposedStep,
	type WaitingStep,
} from '../domain/plan.ts';
import { describeDuration } from '../domain/describe-duration.ts';
import { subjectOf } from '../domain/step.ts';
import type { DeviceStatus } from '../domain/status.ts';
import type { TargetState } from '../domain/target.ts';
import { backoffMs, type Backoff } from '../lib/backoff.ts';
import { linkSignal } from '../lib/link-signal.ts';
import { ReportOnce } from '../lib/report-once.ts';
import { WakeSignal } from '../lib/wake-signal.ts';
import type { Clock } from '../ports/clock.ts';
import type { ReasonMemory } from '../ports/history-store.ts';
import type { Log, SystemLog } from '../ports/log.ts';
import type { Observer, TargetSource } from './observer.ts';
import { OperationalError } from '../ports/operational-error.ts';
import { initialSession, nextSession, type ApplySession, type SessionEvent } from './apply-session.ts';
import { findProblems, type Problem } from './find-problems.ts';
import { ConfigNotes } from './config-notes.ts';
import { afterComparison, afterPlan, afterStep, initialHistory } from './plan-history.ts';
import { findWantedPulls } from './planner/find-wanted-pulls.ts';
import { keepMore } from './planner/keep-more.ts';
import { proposeDevice, proposeWithoutTarget } from './planner/propose-device.ts';
import { findConfigChanges, isRightForReboots } from './planner/reboot-guard.ts';
import { schedule } from './planner/schedule.ts';
import { Reasons } from './reasons/reasons.ts';
import type { StatusBoard } from './status-board.ts';
import { findDone, findFailed, isOfHost, type RequestTracker } from './requests/index.ts';
import type { StepEnd, StepRunner } from './step-runner.ts';

type WakeReason = 'start' | 'target' | 'engine' | 'step' | 'request' | 'config';

interface ReconcilerOptions {
	readonly observer: Observer;
	readonly targets: TargetSource;
	readonly runner: StepRunner;
	readonly requests: Pick<RequestTracker, 'open' | 'close' | 'dropVanished'>;
	readonly status: StatusBoard;
	readonly clock: Clock;
	readonly log: Log;
	readonly systemLog: SystemLog;
	readonly reasonMemory?: ReasonMemory | undefined;
	readonly policy: () => Omit<PlanPolicy, 'force'> & { readonly lockOverride: boolean };
	/** Everything is read again at least this often, because events can be lost. */
	readonly resyncMs: number;
	readonly observeBackoff: Backoff;
	/** With this many steps in flight one pass handles the ends of several. */
	readonly coalesce: { readonly fromSteps: number; readonly ms: number };
	readonly onSession: (event: SessionEvent) => void;
	/** After each pass: how long it took, and its part after the observation, ms. */
	readonly passEnded?: ((pass: EndedPass) => void) | undefined;
}

const ASKING: readonly WakeReason[] = ['target', 'request'];

export interface EndedPass {
	readonly hasFailed: boolean;
	readonly ms: number;
	readonly planMs: number | undefined;
}

interface PassResult {
	readonly current: CurrentState | undefined;
	readonly target: TargetState | undefined;
	readonly plan: Plan | undefined;
	readonly problems: readonly Problem[];
	readonly wakeAt: Instant | undefined;
	readonly planMs?: number;
	readonly unseen?: DeviceStatus['unseen'];
}

/**
 * The loop: observe, plan, start, wait. Only the loop starts steps. One pass at a time; events during a pass wake the
 * next. The reasons to wait are logged when they change.
 */
export class Reconciler {
	readonly name = 'reconciler';
	readonly #options: ReconcilerOptions;
	readonly #wake = new WakeSignal<WakeReason>();
	#last: PassResult = { current: undefined, target: undefined, plan: undefined, problems: [], wakeAt: undefined };
	#lastPassAt: Instant | undefined;
	#failedPasses = 0;
	/** Why, by the code of the error: another reason is reported too. */
	#blindFor: string | undefined;
	#resyncAt: Instant | undefined;
	#hasDownloaded = false;
	#force = false;
	#session: ApplySession = initialSession;
	#history: PlanHistory = initialHistory;
	readonly #notes: ConfigNotes;
	readonly #reasons: Reasons;
	readonly #reportedWaits = new ReportOnce();
	readonly #reportedProblems = new ReportOnce();
	/** How many targets and requests came, and how many of them the last pass has handled. */
	#asked = 0;
	#answered = 0;

	constructor(options: ReconcilerOptions) {
		this.#options = options;
		this.#notes = new ConfigNotes(options);
		this.#reasons = new Reasons(options);
	}

	/** A new target or request makes the device busy at once, not only from the next pass on. */
	wake(reason: WakeReason): void {
		if (ASKING.includes(reason)) {
			this.#asked += 1;
			this.publish();
		}
		this.#wake.wake(reason);
	}

	/** Another target is in force. A force for an earlier target does not apply to it. */
	targetChanged(): void {
		this.#force = false;
		this.wake('target');
	}

	/** Starts a pass now, without the pauses after failures; `force`: until the target is reached, locks do not count. */
	update({ force }: { readonly force: boolean }): void {
		this.#force = force;
		if (force) {
			this.#history = { ...this.#history, forcedAt: this.#options.clock.now() };
		}
		this.wake('request');
	}

	stepEnded({ step }: ProposedStep, end: StepEnd): void {
		this.#history = afterStep(this.#history, step, this.#options.clock.now());
		this.#hasDownloaded ||= end.outcome === 'done' && step.kind === 'pullImage';
		const isRetried = step.kind !== 'changeHostConfig'; // its request fails instead
		if (isRetried && end.outcome === 'failed' && policyOfError(end.error.code).reason === 'locked-by-user') {
			const { log, systemLog } = this.#options;
			const message = `Updates are locked, retrying in ${describeDuration(end.retryInMs)}. Reason: ${end.error.message}`;
			if (end.isRepeated) {
				log.debug(message);
			} else {
				systemLog.write(message);
			}
		}
		this.#wake.wake('step');
	}

	/** The loop runs: a pass ended within twice its period (decision D3). */
	isAlive(): boolean {
		const { clock, resyncMs } = this.#options;
		return this.#lastPassAt === undefined || clock.now() - this.#lastPassAt < 2 * resyncMs;
	}

	async run(signal: AbortSignal): Promise<void> {
		this.#lastPassAt = this.#options.clock.now();
		this.#wake.wake('start');
		while (!signal.aborted) {
			const reasons = this.#wake.take();
			const asked = this.#asked;
			if (reasons.some((reason) => ASKING.includes(reason))) {
				this.#options.runner.resetBackoff(); // a new target or request does not wait for pauses
			}
			const startedAt = this.#options.clock.now();
			this.#last = await this.#pass(signal);
			this.#lastPassAt = this.#options.clock.now();
			this.#options.passEnded?.({
				hasFailed: this.#failedPasses > 0,
				ms: this.#lastPassAt - startedAt,
				planMs: this.#failedPasses > 0 ? undefined : this.#last.planMs,
			});
			this.#reasons.update({ ...this.#last, paused: this.#options.runner.paused() }, this.#lastPassAt);
			this.#answered = asked;
			this.publish();
			await this.#waitForNext(signal);
		}
	}

	/** Publishes the last pass again, with the progress made since. */
	publish(): void {
		const { current, target, plan, problems, unseen } = this.#last;
		const { runner, status, clock } = this.#options;
		const session = this.#session;
		status.publish({
			at: clock.now(),
			current,
			target,
			plan,
			running: runner.running(),
			applying:
				this.#asked !== this.#answered ||
				unseen !== undefined ||
				(target !== undefined && (plan === undefined || !isSettled(plan))),
			unseen,
			updatePending: session.applying,
			updateFailed: session.failed,
			updateDownloaded: session.downloaded,
			problems,
			reasons: this.#reasons.current(),
		});
	}

	/** What a dry run plans with: as this loop would, if it planned now. */
	planContext(): Pick<PlanContext, 'now' | 'history' | 'policy' | 'requests'> {
		const { clock, requests: tracker } = this.#options;
		return { now: clock.now(), history: this.#history, policy: this.#policy(), requests: tracker.open() };
	}

	#policy(): PlanPolicy {
		const { lockOverride, ...policy } = this.#options.policy();
		return { ...policy, force: this.#force || lockOverride };
	}

	async #pass(signal: AbortSignal): Promise<PassResult> {
		try {
			const result = await this.#lookAndPlan(signal);
			this.#failedPasses = 0;
			return result;
		} catch (error) {
			return this.#passFailed(error, signal);
		}
	}

	async #lookAndPlan(signal: AbortSignal): Promise<PassResult> {
		const { runner, clock } = this.#options;
		const policyBefore = this.#policy();
		const busy = runner.inFlight(); // read before observing: a step that ends meanwhile must still block this pass
		const { current, target } = await this.#observe(signal);
		if (this.#failedPasses > 0) {
			runner.resetUnreachableBackoff(); // the engine is back: steps that failed while it was away are retried
		}
		const problems = findProblems(current, target);
		this.#reportProblems(problems);
		if (signal.aborted) {
			return { current, target, plan: undefined, problems, wakeAt: undefined };
		}
		const { requests: tracker } = this.#options;
		await tracker.dropVanished(current);
		await tracker.close(findFailed(tracker.open(), runner.failures(), target));
		const policy = keepMore(policyBefore, this.#policy());
		const at = { now: clock.now(), history: this.#history };
		const context = { ...at, busy, paused: runner.paused(), requests: tracker.open(), policy };
		const proposals = this.#propose(current, target, context);
		const steps = proposals.map((proposal) => proposal.step);
		runner.review(steps, new Set(busy.map((step) => step.id)));
		runner.cancelExcept(new Set([...steps, ...findWantedPulls(busy, target)].map((step) => step.id)));
		const plan = schedule(proposals, { ...context, paused: runner.paused() });
		for (const step of plan.start) {
			runner.start(step);
		}
		const planMs = clock.now() - at.now;
		const judged = target === undefined ? context.requests.filter(isOfHost) : context.requests;
		const done = findDone(judged, { current, proposals, busy });
		if (done.length > 0) {
			await tracker.close(done);
			this.#wake.wake('step'); // the next pass plans without the closed request
		}
		this.#logWaits(plan.waiting);
		if (target === undefined) {
			return { current, target, plan: undefined, problems, wakeAt: plan.wakeAt, planMs };
		}
		if (!current.host.shuttingDown) {
			this.#advanceSession(plan); // during a shutdown an empty plan does not mean on target
		}
		return { current, target, plan, problems, wakeAt: plan.wakeAt, planMs };
	}

	/** When one read fails, the others end too: if the engine does not answer, they would pile up. */
	async #observe(
		signal: AbortSignal,
	): Promise<{ readonly current: CurrentState; readonly target: TargetState | undefined }> {
		const { observer, targets } = this.#options;
		const link = linkSignal(signal);
		try {
			const current = await observer.observe(link.signal);
			return { current, target: await targets.read(current, link.signal) };
		} finally {
			link.abort();
			link.unlink();
		}
	}

	#propose(current: CurrentState, target: TargetState | undefined, context: PlanContext): readonly Proposal[] {
		if (target === undefined) {
			return proposeWithoutTarget(current, context);
		}
		const config = findConfigChanges(target, current, context);
		this.#history = afterComparison(this.#history, isRightForReboots(config, current.host), context.now);
		this.#notes.report(config.notes);
		return proposeDevice(current, target, { ...context, config });
	}

	/** The device cannot be observed, or a request cannot be updated: nothing is planned until both are possible. */
	#passFailed(error: unknown, signal: AbortSignal): PassResult {
		if (signal.aborted) {
			return this.#last;
		}
		if (!(error instanceof OperationalError)) {
			throw error;
		}
		const { clock, log, observeBackoff } = this.#options;
		this.#failedPasses += 1;
		const delayMs = backoffMs(observeBackoff, this.#failedPasses, () => clock.random());
		if (this.#failedPasses === 1 || error.code !== this.#blindFor) {
			this.#blindFor = error.code;
			log.warn('cannot observe the device or store its requests, no step is started until it can', {
				error: error.message,
				code: error.code,
				retryInMs: delayMs,
			});
		}
		return {
			...this.#last,
			problems: [{ path: '', message: error.message, isNew: false, kind: 'unreadable' }],
			unseen: { since: this.#last.unseen?.since ?? clock.now(), message: error.message },
			wakeAt: clock.now() + delayMs,
		};
	}

	#advanceSession(plan: Plan): void {
		const { hasSettled } = this.#history;
		this.#history = afterPlan(this.#history, plan);
		if (this.#history.hasSettled !== hasSettled) {
			this.#wake.wake('config'); // steps that waited for the device to settle may start now
		}
		const { session, events } = nextSession(this.#session, {
			plan,
			failed: this.#options.runner.hasFailures,
			hasDownloaded: this.#hasDownloaded,
		});
		this.#session = session;
		this.#hasDownloaded = session.downloaded;
		for (const event of events) {
			this.#force &&= event.kind !== 'settled';
			this.#options.onSession(event);
		}
	}

	#logWaits(waiting: readonly WaitingStep[]): void {
		for (const { step, because } of waiting) {
			const kind =
				because.kind === 'backoff' || because.kind === 'stuck' || because.kind === 'not-yet'
					? `${because.kind} ${because.until}`
					: because.kind;
			if (this.#reportedWaits.isNew(step.id, kind) && because.kind !== 'busy' && because.kind !== 'limit') {
				const log = because.kind === 'stuck' ? 'warn' : 'debug';
				this.#options.log[log]('step waits', {
					step: step.step.kind,
					subject: subjectOf(step.step),
					reason: step.reason,
					because: explainWait(because),
				});
			}
		}
		this.#reportedWaits.keepOnly(waiting.map(({ step }) => step.id));
	}

	/** Each is reported once, until it is gone. */
	#reportProblems(problems: readonly Problem[]): void {
		const { log, systemLog } = this.#options;
		const textOf = ({ path, message }: Problem) => `${message} (${path})`;
		for (const problem of this.#reportedProblems.selectNew(problems, textOf)) {
			log.warn('skipped', { path: problem.path, problem: problem.message });
			if (problem.isNew) systemLog.write(textOf(problem), { error: true });
		}
	}

	async #waitForNext(signal: AbortSignal): Promise<void> {
		const { clock, observer, resyncMs } = this.#options;
		const link = linkSignal(signal);
		const wakeAt = Math.min(this.#last.wakeAt ?? Infinity, this.#reasons.wakeAt() ?? Infinity);
		const pause = Math.min(resyncMs, Math.max(0, wakeAt - clock.now()));
		this.#resyncAt ??= clock.now() + resyncMs;
		try {
			await Promise.race([this.#wake.wait(link.signal), clock.sleep(pause, link.signal)]);
			await this.#coalesce(link.signal);
			if (clock.now() >= this.#resyncAt) {
				this.#resyncAt = undefined;
				observer.refresh();
			}
		} finally {
			link.abort();
			link.unlink();
		}
	}

	async #coalesce(signal: AbortSignal): Promise<void> {
		const { clock, coalesce, runner } = this.#options;
		if (runner.inFlight().length >= coalesce.fromSteps) {
			await clock.sleep(coalesce.ms, signal);
		}
	}
}
