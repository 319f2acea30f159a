/**
 * Targets in the formats of older clouds, tools and clients, and what is preloaded on a disk: all become a v3 target. Pure;
 * never throws for what the input says.
 */
export { convertV2Apps, convertV2Target, decodeV2Target, type LocalDevice } from './convert-v2.ts';
export { convertSingleContainerApps } from './convert-single-container.ts';
export { decodeAppsJson, detectAppsJson, unwrapAppsJson, type PreloadedApps } from './decode-apps-json.ts';
export { listAppIds } from './app-ids.ts';
