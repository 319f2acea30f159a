import type { CurrentState } from './current.ts';
import type { Issue } from './issue.ts';
import type { Instant, Plan } from './plan.ts';
import type { Step, StepId } from './step.ts';
import type { TargetState } from './target.ts';

export interface RunningStep {
	readonly id: StepId;
	readonly step: Step;
	/** 0 to 100, for steps that know. */
	readonly percent?: number;
}

/** What the device is, wants and does: published after each pass and each progress. Reports and API answers derive from it. */
export interface DeviceStatus {
	readonly at: Instant;
	readonly current: CurrentState | undefined;
	readonly target: TargetState | undefined;
	readonly plan: Plan | undefined;
	readonly running: readonly RunningStep[];
	/** Not on target, or not yet looked. */
	readonly applying: boolean;
	readonly updatePending: boolean;
	readonly updateFailed: boolean;
	readonly updateDownloaded: boolean;
	/** What is wrong and not a step's matter: the engine is away, an object cannot be read, an app is rejected. */
	readonly problems: readonly Issue[];
}
