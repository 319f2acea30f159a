/** What the host can do, found by asking it. Owns what was found last. Decides nothing, and nothing waits for it. */
export { Capabilities } from './capabilities.ts';
export { CONSEQUENCES } from './consequences.ts';
export { isClockUnset } from './find-capabilities.ts';
export type { CapabilitySources } from './find-capabilities.ts';
