/**
 * The cloud: provisioning, the target poll and the state report (spec: cloud-api 1 to 6, 11).
 *
 * Owns the entity tag of the last target, and what the cloud has last accepted as this device's state. Reads the
 * published status; hands targets to the intake. Must never plan, start a step, or talk to the engine; must
 * never end the process over an answer of the cloud or its absence; must never put a key into a log line or an error.
 */
export { AskedFetches } from './poll/asked-fetches.ts';
export { createCloud, type Cloud } from './create-cloud.ts';
export { CloudApi, userAgentOf } from './protocol/cloud-api.ts';
export type { CloudAccess } from './protocol/cloud-caller.ts';
export { CloudTroubles } from './cloud-troubles.ts';
export { CloudBinder } from './cloud-binder.ts';
export { addressOf, Connectivity } from './reachability/connectivity.ts';
export { DeltaClient } from './deltas/delta-client.ts';
export { DeltaPatches } from './deltas/delta-patch.ts';
export { DeviceTags } from './device-tags.ts';
export { FirstReport } from './provision/first-report.ts';
export { FoundVariables } from './provision/found-variables.ts';
export { ResourceApi } from './protocol/resource-api.ts';
export { DeviceMetrics } from './report/metrics.ts';
export { Provisioner } from './provision/provisioner.ts';
export { readDeviceFacts } from './report/read-device-facts.ts';
export type { ReadDeviceFacts, StatusSource } from './report/report-sources.ts';
export { StateReporter } from './report/state-reporter.ts';
export { TargetFetcher } from './poll/target-fetcher.ts';
export { TargetPoller, type ApplyRequest, type PollOutcome } from './poll/target-poller.ts';
export { watchLogUplink, watchRequests } from './reachability/observe-reachability.ts';
