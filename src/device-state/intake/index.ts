/**
 * What the cloud sends as this device's target, decoded and checked (pure; never throws for what the input says), and
 * taken in with what its contracts ask for.
 */
export { Preloader } from './preloader.ts';
export * from './legacy/index.ts';
export { localTarget } from './local-target.ts';
export { TargetIntake, type IntakeOutcome } from './target-intake.ts';
export { decodeTarget } from './decode-target.ts';
