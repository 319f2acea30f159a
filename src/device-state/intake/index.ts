/**
 * The target of this device from the cloud: decoded and checked (pure; never throws for the content of the input), then
 * accepted together with its contracts.
 */
export { Preloader } from './preloader.ts';
export * from './legacy/index.ts';
export { localTarget } from './local-target.ts';
export { TargetIntake, type IntakeOutcome } from './target-intake.ts';
export { saveInitialConfig } from './save-initial-config.ts';
export { decodeTarget } from './decode-target.ts';
