/**
 * Apps: what a target app means in engine terms, how it is observed, which steps bring it to its target, and how each
 * step is carried out. Owns the table of images and of reached releases. Must never know the loop or the cloud.
 */
export * from './compose/index.ts';
export * from './planner/index.ts';
export * from './contracts/index.ts';
export type { DeltaAnswer, DeltaPair, DeltaPatch, Deltas } from './deltas.ts';
export { appExecutors } from './execute/index.ts';
export { fetchWholeImage } from './execute/fetch-image.ts';
export type { ExecutorOptions } from './execute/executor-options.ts';
export { FailedStarts } from './execute/failed-starts.ts';
export { CleanupExclusions } from './images/cleanup-exclusions.ts';
export { DeltaAttempts } from './images/delta-attempts.ts';
export { FolderImagePatcher } from './images/image-patcher.ts';
export { ImageIndex } from './images/find-image.ts';
export { ServiceExits } from './observe/service-exits.ts';
export { AppsObserver } from './observe/apps-observer.ts';
export { TargetComposer } from './target-composer.ts';
