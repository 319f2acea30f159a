/** HTTP toward the cloud, over got. Owns nothing but connections in flight. Retries and decides nothing. */
export { GotClient } from './got-client.ts';
