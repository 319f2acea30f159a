import type { Settings } from '../config/index.ts';
import type { ErrorPolicy } from '../domain/error-policy.ts';
import type { PlanPolicy, ProposedStep } from '../domain/plan.ts';
import type { RequestNote } from '../domain/request.ts';
import type { Backoff } from '../lib/backoff.ts';
import type { Clock } from '../ports/clock.ts';
import type { Executors } from '../ports/executors.ts';
import type { Log, SystemLog } from '../ports/log.ts';
import type { Observer, TargetSource } from './observer.ts';
import type { ReasonMemory } from '../ports/history-store.ts';
import type { RequestStore } from '../ports/request-store.ts';
import { Reconciler, type EndedPass } from './reconciler.ts';
import { RequestTracker } from './requests/index.ts';
import type { StatusBoard } from './status-board.ts';
import { StepRunner, type StepEnd } from './step-runner.ts';

/** Settings that the loop reads while it runs. */
type LoopSettings = Pick<Settings, 'localMode' | 'lockOverride' | 'delta' | 'pollIntervalMs' | 'bootstrapRetryDelayMs'>;

export interface LoopOptions {
	readonly observer: Observer;
	readonly targets: TargetSource;
	readonly executors: Executors;
	readonly requests: RequestStore;
	readonly newId: () => string;
	readonly settings: () => LoopSettings;
	/** The image that this supervisor runs from. */
	readonly ownImage: string;
	readonly status: StatusBoard;
	readonly clock: Clock;
	readonly log: Log;
	readonly systemLog: SystemLog;
	/** After each step, however it ended. */
	readonly stepEnded?: ((step: ProposedStep, end: StepEnd, durationMs: number) => void) | undefined;
	/** A request of a user came, or has ended. */
	readonly requestNoted?: ((note: RequestNote) => void) | undefined;
	/** Since when reasons held in earlier runs. */
	readonly reasonMemory?: ReasonMemory | undefined;
	/** After each pass, whether or not it could observe the device. */
	readonly passEnded?: ((pass: EndedPass) => void) | undefined;
	/** Called with every error that is no operational failure: the process has to end. */
	readonly crashed: (error: unknown) => void;
}

export interface Loop {
	readonly reconciler: Reconciler;
	readonly runner: StepRunner;
	readonly tracker: RequestTracker;
}

const STEP_JITTER = 0.2;
/** The shortest pause after a failed step, ms, with any jitter (spec: planner check 48). */
const STEP_BACKOFF_MS = 1000;

/** Limits and pauses of the loop, on a device and in every test of it. */
export const LOOP_DEFAULTS = {
	/** Everything is read again at least this often. */
	resyncMs: 600_000,
	observeBackoff: { firstMs: 1000, maxMs: 30_000, jitter: 0.2 },
	/** After this many turns without effect a step is shown as stuck. */
	stuckAfter: 3,
	/** With four steps in flight or more, one pass handles the ends of several. */
	coalesce: { fromSteps: 4, ms: 30 },
	maxSteps: 16,
	/** First installs are not limited (spec: planner I13, 11.2): the engine has its own limit, for layers. */
	maxPulls: Infinity,
	maxDeltas: 3,
	/** Between requests for a delta that is still being made: never below a second (spec: planner P15). */
	deltaBackoff: { firstMs: 1250, maxMs: 60_000, jitter: STEP_JITTER },
} as const;

/** The loop with the runner of its steps and the requests of users. Nothing runs before `tracker.start` and `reconciler.run`. */
export function createLoop(options: LoopOptions): Loop {
	const { executors, clock, log, settings, stepEnded, crashed } = options;
	const tracker = new RequestTracker({
		store: options.requests,
		newId: options.newId,
		clock,
		changed: () => {
			reconciler.wake('request');
		},
		noted: options.requestNoted,
	});
	const runner: StepRunner = new StepRunner({
		executors,
		clock,
		log: log.child('steps'),
		backoff: (pause) => backoffOf(pause, settings()),
		stuckAfter: LOOP_DEFAULTS.stuckAfter,
		ended: (step, end, durationMs) => {
			reconciler.stepEnded(step, end);
			stepEnded?.(step, end, durationMs);
		},
		progressed: () => {
			reconciler.publish();
		},
		crashed,
	});
	const reconciler = createReconciler(options, { tracker, runner });
	return { tracker, runner, reconciler };
}

function createReconciler(options: LoopOptions, { tracker, runner }: Omit<Loop, 'reconciler'>): Reconciler {
	const { observer, targets, status, clock, log, systemLog, reasonMemory } = options;
	return new Reconciler({
		observer,
		targets,
		runner,
		requests: tracker,
		status,
		clock,
		log: log.child('reconciler'),
		systemLog,
		reasonMemory,
		policy: () => policyOf(options.settings(), options.ownImage),
		resyncMs: LOOP_DEFAULTS.resyncMs,
		observeBackoff: LOOP_DEFAULTS.observeBackoff,
		coalesce: LOOP_DEFAULTS.coalesce,
		passEnded: options.passEnded,
		onSession: ({ kind }) => {
			if (kind !== 'failed') {
				log.info(kind === 'started' ? 'Applying target state' : 'Finished applying target state');
			}
		},
	});
}

function policyOf(
	{ localMode, lockOverride, delta }: LoopSettings,
	ownImage: string,
): Omit<PlanPolicy, 'force'> & { readonly lockOverride: boolean } {
	const { maxPulls, maxDeltas, maxSteps } = LOOP_DEFAULTS;
	return {
		maxPulls,
		maxDeltas: delta ? maxDeltas : undefined,
		maxSteps,
		keepImages: localMode,
		keepVolumes: localMode,
		ownImage,
		localMode,
		lockOverride,
	};
}

function backoffOf(pause: ErrorPolicy['pause'], { bootstrapRetryDelayMs, pollIntervalMs }: LoopSettings): Backoff {
	switch (pause) {
		case 'delta':
			return LOOP_DEFAULTS.deltaBackoff;
		case 'backup':
			return { firstMs: bootstrapRetryDelayMs, maxMs: bootstrapRetryDelayMs, jitter: STEP_JITTER };
		case 'update-lock':
			return { firstMs: STEP_BACKOFF_MS, maxMs: pollIntervalMs }; // no jitter: no other device waits for this lock
		case 'usual':
			return { firstMs: STEP_BACKOFF_MS / (1 - STEP_JITTER), maxMs: pollIntervalMs, jitter: STEP_JITTER };
	}
}
