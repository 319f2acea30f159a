/**
 * The cloud: provisioning, the target poll and the state report (spec: cloud-api 1 to 6, 11).
 *
 * Owns the entity tag of the last target, and what the cloud has last accepted as this device's state. Reads the
 * published status; puts targets into the store and says so. Must never plan, start a step, or talk to the engine; must
 * never let what the cloud says or fails to say end the process; must never put a key into a log line or an error.
 */
export { AskedFetches } from './asked-fetches.ts';
export { AddressWatcher } from './address-watcher.ts';
export { createCloud, type Cloud, type CloudOptions } from './create-cloud.ts';
export { CloudApi, userAgentOf } from './cloud-api.ts';
export type { CloudAccess, CloudCallerOptions } from './cloud-caller.ts';
export { CloudBinder, type CloudBinderOptions } from './cloud-binder.ts';
export { addressOf, Connectivity, type ConnectivityOptions, type ConnectivitySettings } from './connectivity.ts';
export { DeltaClient, type DeltaClientOptions } from './delta-client.ts';
export { DeltaPatches, type DeltaPatchesOptions } from './delta-patch.ts';
export { DeviceTags, type DeviceTagsOptions } from './device-tags.ts';
export { FirstReport, type FirstReportOptions } from './first-report.ts';
export { ResourceApi, type DeviceTag } from './resource-api.ts';
export { DeviceMetrics, type DeviceMetricsOptions } from './metrics.ts';
export { Provisioner, type ProvisionerOptions } from './provisioner.ts';
export { readDeviceFacts, type DeviceFactsSources } from './read-device-facts.ts';
export { StateReporter, type StateReporterOptions } from './state-reporter.ts';
export { TargetFetcher, type TargetFetcherOptions } from './target-fetcher.ts';
export { TargetPoller, type ApplyRequest, type PollOutcome, type TargetPollerOptions } from './target-poller.ts';
export { watchLogUplink, watchRequests } from './watched-contacts.ts';
