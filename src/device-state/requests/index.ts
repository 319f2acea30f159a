/**
 * Requests of users: accepted, stored, and ended as done, failed or superseded. Owns the open requests. Must never
 * start a step: the planner adds them to its proposals.
 */
export { RequestTracker } from './request-tracker.ts';
export { dropVanished } from './drop-vanished.ts';
export { findDone, findFailed, isOfHost, type StepFailure } from './judge-requests.ts';
