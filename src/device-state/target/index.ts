/** What the cloud sends as this device's target, decoded and checked. Pure; never throws for what the input says. */
export { decodeTarget, type DecodedTarget, type TargetRefusal } from './decode-target.ts';
