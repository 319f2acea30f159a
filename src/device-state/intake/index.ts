/**
 * What the cloud sends as this device's target, decoded and checked (pure; never throws for what the input says), and
 * taken in with what its contracts ask for.
 */
export { Preloader, type PreloaderOptions, type PreloadSettings } from './preloader.ts';
export * from './legacy/index.ts';
export { localTarget } from './local-target.ts';
export { TargetIntake, type IntakeOutcome, type TargetInput, type TargetIntakeOptions } from './target-intake.ts';
export { decodeTarget, type DecodedTarget, type TargetRefusal } from './decode-target.ts';
