/**
 * Name and proxy of the host: what a user may ask for, the file of the proxy and what a change makes of it are pure; one class
 * reads and writes through ports. Must never log a login or a password.
 */
export { decodeHostConfig, type DecodedHostConfig } from './decode-host-config.ts';
export { HostConfig, OWN_NAME_LENGTH, type HostConfigOptions } from './host-config.ts';
export { planProxy, type FileChange, type ProxyPlan } from './plan-proxy.ts';
export { PROXY_TYPES, readRedsocks, writeRedsocks, type ReadRedsocks, type Redsocks } from './redsocks.ts';
