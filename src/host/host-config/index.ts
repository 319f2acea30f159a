/**
 * Name and proxy of the host. The decoding of requests, the file of the proxy and its changes are pure; one class reads
 * and writes through ports. Must never log a login or a password.
 */
export { decodeHostConfig } from './decode-host-config.ts';
export { HostConfig, OWN_NAME_LENGTH } from './host-config.ts';
export { planProxy } from './plan-proxy.ts';
export { PROXY_TYPES, readRedsocks, writeRedsocks, type Redsocks } from './redsocks.ts';
