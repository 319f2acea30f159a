/**
 * What the cloud sends as this device's target, decoded and checked (pure; never throws for what the input says), and
 * taken in with what its contracts ask for.
 */
export { Preloader, type PreloaderOptions, type PreloadSettings } from './preloader.ts';
export * from './legacy/index.ts';
export { storeLocalTarget } from './local-target.ts';
export { TargetIntake, type StoreOutcome, type TargetIntakeOptions } from './target-intake.ts';
export { decodeTarget, type DecodedTarget, type TargetRefusal } from './decode-target.ts';
