/**
 * Planning of apps: the steps from the current state of an app to its target. Pure: no clock, no I/O, no state. Must
 * never act, nor know of other apps, the loop or the cloud.
 */
export type { AppPair, DeviceFacts } from './app-facts.ts';
export { serviceKey } from './app-facts.ts';
export { planApp } from './plan-app.ts';
export { recordKeyOf } from './plan-app-images.ts';
export { planUnusedImages } from './plan-unused-images.ts';
export { propose } from './propose.ts';
export { proposeContainerRemoval } from './propose-container.ts';
export { SUPERVISOR_NETWORK_RESOURCE } from './resources.ts';
export { leftVolumesOf } from './anonymous-volumes.ts';
export { shownContainers } from './choose-container.ts';
export { foldRequests } from './app-requests.ts';
export { resources } from './resources.ts';
