/**
 * The state of the device: the loop that brings it to its target, the runner of its steps, and the status that all
 * other modules read. Owns the steps in flight, their pauses, and the published status. Must never know HTTP or the
 * engine's client, and only the loop starts steps.
 */
export { ConfigObserver } from './observe-config.ts';
export { DeviceContext } from './device-context.ts';
export { LocalMode } from './local-mode/local-mode.ts';
export { createDeviceState, type DeviceState, type DeviceStatePorts } from './create-device-state.ts';
export { createLoop, LOOP_DEFAULTS } from './create-loop.ts';
export type { SupervisorUpdatePorts } from './execute/supervisor-executors.ts';
export { DryRun, type DryRunResult, type Hypothesis } from './dry-run.ts';
export { predictPlan, type PredictedStep } from './predict/predict-plan.ts';
export { StepRunner } from './step-runner.ts';
export { StatusBoard } from './status-board.ts';
export { BootClockReader } from './history/boot-clock.ts';
export { History } from './history/history.ts';
export { HistoryObserver } from './history/history-observer.ts';
export { plan } from './planner/plan.ts';
export { explainPlan } from './planner/explain-plan.ts';
export { keyOfSubject } from './reasons/find-reasons.ts';
export { subjectsOf } from './reasons/subjects-of.ts';
export * from './report/index.ts';
export {
	decodeTarget,
	localTarget,
	Preloader,
	saveInitialConfig,
	TargetIntake,
	type IntakeOutcome,
} from './intake/index.ts';
