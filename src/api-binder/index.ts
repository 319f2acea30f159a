/**
 * The cloud: provisioning, the target poll and the state report (spec: cloud-api 1 to 6, 11).
 *
 * Owns the entity tag of the last target, and what the cloud has last accepted as this device's state. Reads the
 * published status; hands targets to the intake. Must never plan, start a step, or talk to the engine; must
 * never end the process over an answer of the cloud or its absence; must never put a key into a log line or an error.
 */
export { AskedFetches } from './poll/asked-fetches.ts';
export { AddressWatcher } from './reachability/address-watcher.ts';
export { createCloud, type Cloud, type CloudOptions } from './create-cloud.ts';
export { CloudApi, userAgentOf } from './protocol/cloud-api.ts';
export type { CloudAccess, CloudCallerOptions } from './protocol/cloud-caller.ts';
export { CloudBinder, type CloudBinderOptions } from './cloud-binder.ts';
export {
	addressOf,
	Connectivity,
	type ConnectivityOptions,
	type ConnectivitySettings,
} from './reachability/connectivity.ts';
export { DeltaClient, type DeltaClientOptions } from './deltas/delta-client.ts';
export { DeltaPatches, type DeltaPatchesOptions } from './deltas/delta-patch.ts';
export { DeviceTags, type DeviceTagsOptions } from './device-tags.ts';
export { FirstReport, type FirstReportOptions } from './provision/first-report.ts';
export { ResourceApi, type DeviceTag } from './protocol/resource-api.ts';
export { DeviceMetrics, type DeviceMetricsOptions } from './report/metrics.ts';
export { Provisioner, type ProvisionerOptions } from './provision/provisioner.ts';
export { readDeviceFacts, type DeviceFactsSources } from './report/read-device-facts.ts';
export { StateReporter, type StateReporterOptions } from './report/state-reporter.ts';
export { TargetFetcher, type TargetFetcherOptions } from './poll/target-fetcher.ts';
export { TargetPoller, type ApplyRequest, type PollOutcome, type TargetPollerOptions } from './poll/target-poller.ts';
export { watchLogUplink, watchRequests } from './reachability/watched-contacts.ts';
