/**
 * The process log (winston, one line an event), and the lines for the user: of the agent, of the services, to the cloud
 * and to those who listen on the device. Owns the output stream, the secrets that must not reach it, the queue and the
 * connection of the log stream, and how far each source has been sent. Must never know what a target is.
 */
export { createLog } from './process-log.ts';
export { EngineLogSource } from './engine-log-source.ts';
export { JournalSource } from './journal-source.ts';
export { LogHub, type LogAudience } from './log-hub.ts';
export type { LogSource } from './log-source.ts';
export { readLastStop } from './read-last-stop.ts';
export { UserSystemLog } from './system-log.ts';
export { Redactor } from './redactor.ts';
