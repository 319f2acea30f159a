/**
 * The host: what the device's operating system has to hold so that the device is as its target says. Owns no state, and
 * must never touch the host itself: it decides, and adapters read and write.
 */
export * from './boot-config/index.ts';
export * from './firewall/index.ts';
