/**
 * The process log (winston, one line an event), and the lines for the user: from the agent and the services, to the
 * cloud and to listeners on the device. Owns the output stream, the secrets that must not appear in it, the queue and
 * the connection of the log stream, and the position in each source. Must never know what a target is.
 */
export { createLog } from './process-log.ts';
export { EngineLogSource } from './engine-log-source.ts';
export { HeldSystemLog } from './held-system-log.ts';
export { JournalSource } from './journal-source.ts';
export { LogHub } from './log-hub.ts';
export { logAudience, logTarget, type LogAudience } from './log-target.ts';
export type { LogSource } from './log-source.ts';
export { readLastStop } from './read-last-stop.ts';
export { ServiceLogs } from './service-logs.ts';
export { UserSystemLog } from './system-log.ts';
export { Redactor } from './redactor.ts';
