/**
 * The composition model: what a target app is in engine terms, how live engine objects read back, and when the two
 * count as equal (spec: compose). Everything here is pure; `field-table.ts` describes each service field once.
 *
 * Owns nothing. Must never do I/O, look at a clock, or throw for what a target or an engine says: bad values are
 * issues, ignored ones are notices.
 */
export type { ComposeContext, Notice, ServiceInputs } from './context.ts';
export { composeApp } from './compose-app.ts';
export { composeService, type ComposedService } from './compose-service.ts';
export { API_KEY_VARIABLE, EXTRA_FIRMWARE_VOLUME, isOnSupervisorNetwork, wantsSupervisorApi } from './features.ts';
export { anonymousPathsOf } from './anonymous-volumes.ts';
export { containerBody, type ContainerBody } from './container-body.ts';
export { namespaceOwnersOf, sharedContainersOf, sharedWith } from './namespaces.ts';
export { readContainer } from './read-container.ts';
export { networkBody, readNetwork, compareNetwork } from './network.ts';
export { volumeNamesOfApp } from './release-volumes.ts';
export { volumeBody, readVolume, compareVolume } from './volume.ts';
export { orderDependencies, type DependencyOrder } from './dependency-order.ts';
export { volumeNamesOf } from './mounts.ts';
export { findHostRelease } from './host-release.ts';
export { findSupervisorRelease } from './own-release.ts';
export { isOwnService, isRun } from './service-filter.ts';
export { compareService } from './compare-service.ts';
export {
	isSupervisorNetwork,
	SUPERVISOR_ADDRESS,
	SUPERVISOR_NETWORK,
	supervisorNetworkBody,
} from './supervisor-network.ts';
