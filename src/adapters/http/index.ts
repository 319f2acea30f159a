/** HTTP toward the cloud, over got, and for the log stream over Node's own. Owns nothing but connections in flight. Retries and decides nothing. */
export { GotClient } from './got-client.ts';
export { HttpByteSource } from './http-byte-source.ts';
export { HttpLogUplink } from './http-log-uplink.ts';
