/**
 * Targets in the formats of older clouds, tools and clients, and of preloaded disks: all are converted to v3. Pure;
 * never throws for the content of the input.
 */
export { convertV2Apps, convertV2Target, decodeV2Target, type LocalDevice } from './convert-v2.ts';
export { convertSingleContainerApps } from './convert-single-container.ts';
export { decodeAppsJson, detectAppsJson, unwrapAppsJson, type PreloadedApps } from './decode-apps-json.ts';
export { listAppIds } from './app-ids.ts';
