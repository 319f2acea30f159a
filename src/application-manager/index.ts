/**
 * Apps: what a target app means in engine terms, how it is observed, which steps bring it to its target, and how each
 * step is carried out. Owns the table of images and of reached releases. Must never know the loop or the cloud.
 */
export * from './compose/index.ts';
export * from './planner/index.ts';
export * from './contracts/index.ts';
export { createExecutors, type AllExecutorOptions } from './execute/index.ts';
export { PowerSwitch } from './execute/power-switch.ts';
export { FailedStarts } from './execute/failed-starts.ts';
export { RepeatedFailures } from './execute/repeated-failures.ts';
export { CleanupExclusions } from './images/cleanup-exclusions.ts';
export { LocalMode, type LocalModeOptions } from './local-mode/local-mode.ts';
export { DeltaAttempts } from './images/delta-attempts.ts';
export { FolderImagePatcher } from './images/image-patcher.ts';
export { ImageIndex } from './images/find-image.ts';
export { ServiceExits } from './observe/service-exits.ts';
export { EngineObserver, type EngineObserverOptions } from './observe/engine-observer.ts';
export { TargetComposer, type TargetComposerOptions } from './target/target-composer.ts';
export { DeviceContext, type DeviceContextOptions } from './target/device-context.ts';
export { TargetSettings, type TargetSettingsOptions } from './target/target-settings.ts';
