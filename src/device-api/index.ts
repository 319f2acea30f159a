/**
 * The HTTP API on the device: routes, who may call them, and which status a failure gets. Reads the published status
 * and turns calls into requests. Owns the listening socket. Must never plan, nor talk to the engine (spec: device-api).
 */
export { ApiServer } from './api-server.ts';
export type { ApiOptions } from './api-options.ts';
export { createApi } from './create-api.ts';
export { isLoopback } from './addresses.ts';
export { METRICS_PATH } from './routes/metrics.ts';
export { requiresKey, keyPolicyOf } from './key-policy.ts';
export { findKey } from './find-key.ts';
export { listTags } from './list-tags.ts';
export { startUpdate } from './start-update.ts';
