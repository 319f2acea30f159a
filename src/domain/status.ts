import type { CurrentState } from './current.ts';
import type { Issue } from './issue.ts';
import type { Instant, Plan } from './plan.ts';
import type { Reason } from './reason.ts';
import type { Step, StepId } from './step.ts';
import type { TargetState } from './target.ts';

export interface RunningStep {
	readonly id: StepId;
	readonly step: Step;
	/** 0 to 100, if the step reports progress. */
	readonly percent?: number;
}

/** Current state, target and steps: published after each pass and each progress. Reports and API answers derive from it. */
export interface DeviceStatus {
	readonly at: Instant;
	readonly current: CurrentState | undefined;
	readonly target: TargetState | undefined;
	readonly plan: Plan | undefined;
	readonly running: readonly RunningStep[];
	/** Not on target, or not yet observed. */
	readonly applying: boolean;
	readonly updatePending: boolean;
	readonly updateFailed: boolean;
	readonly updateDownloaded: boolean;
	/** Why the device cannot be observed at present: everything else here is what was seen last (decision D19). */
	readonly unseen?: { readonly since: Instant; readonly message: string } | undefined;
	/** Problems that no step can solve: the engine is away, an object cannot be read, an app is rejected. */
	readonly problems: readonly Issue[];
	/** Why the device, an app or a service is not as its user wants it: at most one of each (spec: v3-api 3). */
	readonly reasons: readonly Reason[];
}
