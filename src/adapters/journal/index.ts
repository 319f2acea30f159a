/**
 * The journal of the host, through `journalctl`. Owns the program while it runs. Must not know what a line is about.
 */
export { Journalctl } from './journalctl.ts';
