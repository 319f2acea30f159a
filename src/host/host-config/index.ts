/**
 * Name and proxy of the host: what a user may ask for, the file of the proxy and what a change makes of it are pure; one class
 * reads and writes through ports. Must never log a login or a password.
 */
export { decodeHostConfig } from './decode-host-config.ts';
export { HostConfig, OWN_NAME_LENGTH } from './host-config.ts';
export { planProxy } from './plan-proxy.ts';
export { PROXY_TYPES, readRedsocks, writeRedsocks, type Redsocks } from './redsocks.ts';
