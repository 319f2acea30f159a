/**
 * HTTP to the cloud, over got, and for the log stream over Node's own client. Owns only open connections. Retries and
 * decides nothing.
 */
export { GotClient } from './got-client.ts';
export { HttpByteSource } from './http-byte-source.ts';
export { HttpLogUplink } from './http-log-uplink.ts';
