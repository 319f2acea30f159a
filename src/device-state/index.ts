/**
 * The state of the device: the loop that brings it to its target, the runner of its steps, and the status that all
 * other modules read. Owns what is in flight, what has to pause, and the published status. Must never know HTTP or the engine's
 * client, and only the loop starts steps.
 */
export { createExecutors, type AllExecutorOptions } from './execute/index.ts';
export { ConfigObserver, type ConfigObserverOptions } from './observe-config.ts';
export { DeviceContext, type DeviceContextOptions } from './device-context.ts';
export { LocalMode, type LocalModeOptions } from './local-mode/local-mode.ts';
export { RequestDesk, type RequestDeskOptions } from './requests/index.ts';
export { createDeviceState, type DeviceState, type DeviceStatePorts } from './create-device-state.ts';
export { createLoop, LOOP_DEFAULTS, type Loop, type LoopOptions, type LoopSettings } from './create-loop.ts';
export { Reconciler, type ReconcilerOptions, type WakeReason } from './reconciler.ts';
export { StepRunner, type StepRunnerOptions } from './step-runner.ts';
export { StatusBoard } from './status-board.ts';
export type { SessionEvent } from './apply-session.ts';
export { plan } from './planner/plan.ts';
export { explainPlan } from './planner/explain-plan.ts';
export * from './report/index.ts';
export {
	decodeTarget,
	decodeV2Target,
	localTarget,
	Preloader,
	TargetIntake,
	type DecodedTarget,
	type PreloadSettings,
	type IntakeOutcome,
} from './intake/index.ts';
