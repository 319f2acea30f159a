import type { ErrorPolicy } from './error-policy.ts';
import type { Footprint } from './footprint.ts';
import type { UpdateRequest } from './request.ts';
import type { FieldDifference } from './service.ts';
import type { Step, StepId } from './step.ts';

/** Milliseconds of the monotonic clock. */
export type Instant = number;

export interface ProposedStep {
	readonly id: StepId;
	readonly step: Step;
	/** "image missing", "environment differs: LOG_LEVEL" */
	readonly reason: string;
	/** The fields that differ, if a difference is the reason. */
	readonly differences?: readonly FieldDifference[];
	readonly footprint: Footprint;
	/** Set for pulls and waits; a removal is never interrupted. */
	readonly interruptible: boolean;
	/** A download for an app that already has an image: it may be a delta, which also costs CPU and disk. */
	readonly isUpdate?: true;
}

/** Why a needed step does not start now. */
export type WaitReason =
	| { readonly kind: 'busy'; readonly on: StepId }
	| { readonly kind: 'backoff'; readonly until: Instant; readonly failures: number; readonly error: string }
	/** No failure: something is still being made elsewhere, and we ask again. */
	| { readonly kind: 'not-yet'; readonly until: Instant; readonly because: string }
	| { readonly kind: 'stuck'; readonly until: Instant; readonly differences: readonly FieldDifference[] }
	| { readonly kind: 'limit'; readonly of: 'pulls' | 'steps' }
	| { readonly kind: 'image'; readonly services: readonly string[] }
	| { readonly kind: 'network'; readonly name: string }
	| { readonly kind: 'volume'; readonly name: string }
	| { readonly kind: 'dependency'; readonly service: string; readonly condition: string }
	/** `until`: it is already being removed, and we wait no longer than this. */
	| {
			readonly kind: 'container';
			readonly serviceName: string;
			readonly containerId: string;
			readonly until?: Instant | undefined;
	  }
	/** Several containers ended at once: the engine may be shutting down. */
	| { readonly kind: 'engine'; readonly until: Instant }
	/** Waits for the update locks of its app, which no user holds. */
	| { readonly kind: 'taking-locks'; readonly appId: number }
	/** A user holds an update lock: the error says which, and since when. */
	| { readonly kind: 'locked-by-user'; readonly until: Instant; readonly since: Instant; readonly error: string }
	/** It ran recently and must not run often. Nothing else waits for it. */
	| { readonly kind: 'postponed'; readonly until: Instant }
	/** It was tried so often that it is not tried again for a day. Nothing else waits for it. */
	| { readonly kind: 'given-up'; readonly until: Instant; readonly attempts: number; readonly error: string }
	/** It takes a reboot, and so many reboots did not apply it: it is left until the target changes. */
	| { readonly kind: 'ineffective'; readonly reboots: number }
	/** It ends by itself again and again. */
	| {
			readonly kind: 'crash-loop';
			readonly until: Instant;
			readonly restarts: number;
			readonly exitCode: number;
			readonly error: string;
			readonly lines: readonly string[];
	  };

export interface WaitingStep {
	readonly step: ProposedStep;
	readonly because: WaitReason;
}

/** A step that is needed; `because` is set while something that it needs is missing. */
export interface Proposal {
	readonly step: ProposedStep;
	readonly because?: WaitReason;
}

export interface Plan {
	/** No step conflicts with another one or with a step in flight. */
	readonly start: readonly ProposedStep[];
	readonly waiting: readonly WaitingStep[];
	/** The time at which the plan changes without any event. */
	readonly wakeAt: Instant | undefined;
}

export interface PlanPolicy {
	readonly maxPulls: number;
	/** Limit for downloads of apps that already have an image, when deltas are enabled (spec: planner I13). */
	readonly maxDeltas?: number | undefined;
	readonly maxSteps: number;
	readonly keepImages: boolean;
	readonly keepVolumes: boolean;
	/** The image that this supervisor runs from: older ones of its repository are cleaned up. */
	readonly ownImage: string;
	/** Locks of users do not count (spec: planner 9.2). */
	readonly force: boolean;
	/** Only what is missing is created: live push stops and starts containers itself (decision D1). */
	readonly localMode: boolean;
}

/** A step that failed, or succeeded without effect, and has to pause. */
export interface Pause {
	readonly until: Instant;
	readonly failures: number;
	readonly error: string;
	/** The first of the consecutive failures. */
	readonly since: Instant;
	/** How the pause is explained; `stuck`: the step succeeds without effect. */
	readonly reason: ErrorPolicy['reason'] | 'stuck';
}

/** The error of a step that succeeded and is proposed again. */
export const WITHOUT_EFFECT = 'had no effect';

/** What the loop remembers of earlier passes. */
export interface PlanHistory {
	/** The device has been on target since this process started. */
	readonly hasSettled: boolean;
	/** When the VPN was switched last. Absent: the device has settled since. */
	readonly vpnChangedAt?: Instant | undefined;
	/** Since when nothing has differed that takes a reboot. Absent: something differs. */
	readonly rightSince?: Instant | undefined;
	/** When a user last forced an update. */
	readonly forcedAt?: Instant | undefined;
}

export interface PlanContext {
	readonly now: Instant;
	/** In flight when the observation began. */
	readonly busy: readonly ProposedStep[];
	readonly paused: ReadonlyMap<StepId, Pause>;
	/** Open requests of users. */
	readonly requests: readonly UpdateRequest[];
	readonly policy: PlanPolicy;
	readonly history: PlanHistory;
}

/** Nothing starts, and nothing waits except steps that are postponed for long: the device is on target. */
export function isSettled(plan: Plan): boolean {
	return (
		plan.start.length === 0 &&
		plan.waiting.every(({ because: { kind } }) => kind === 'postponed' || kind === 'given-up')
	);
}

/** A sentence for the log and for people. */
export function explainWait(reason: WaitReason): string {
	switch (reason.kind) {
		case 'busy':
			return `waits for "${reason.on}" to end`;
		case 'backoff':
			return `failed ${reason.failures} times (${reason.error}), waits before the next try`;
		case 'not-yet':
			return `waits before it asks again (${reason.because})`;
		case 'stuck':
			return `has no effect: ${reason.differences.map((d) => `${d.field} should be ${d.expected}, is ${d.seen}`).join('; ')}`;
		case 'limit':
			return `waits for its turn: enough ${reason.of} are running`;
		case 'image':
			return `waits for the images of ${reason.services.join(', ')}`;
		case 'network':
			return `waits for network ${reason.name}`;
		case 'volume':
			return `waits for volume ${reason.name}`;
		case 'dependency':
			return `waits for service ${reason.service} (${reason.condition})`;
		case 'container':
			return `waits until the old container of ${reason.serviceName} is gone`;
		case 'engine':
			return 'waits until the engine has answered steadily for a while';
		case 'locked-by-user':
			return `updates are locked: ${reason.error}`;
		case 'taking-locks':
			return 'waits for the update locks of the app';
		case 'postponed':
			return 'was done a short while ago, and waits before it is done again';
		case 'given-up':
			return `failed in ${reason.attempts} attempts (${reason.error}), is tried again after a day, for another release or when forced`;
		case 'ineffective':
			return `${reason.reboots} reboots did not apply it: no more reboots for it until the target changes`;
		case 'crash-loop':
			return explainCrash(reason);
	}
}

function explainCrash({ restarts, exitCode, error, lines }: Extract<WaitReason, { kind: 'crash-loop' }>): string {
	const cause = error === '' ? `exit code ${exitCode}` : error;
	const last = lines.length === 0 ? '' : `, last lines: ${lines.join(' | ')}`;
	return `ends by itself (${cause}), was started again ${restarts} times, waits before the next start${last}`;
}
