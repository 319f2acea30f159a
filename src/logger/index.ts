/**
 * The process log (winston, one line an event) and the lines for the user's dashboard. Owns the output stream and the
 * secrets that must not reach it. Must never know what a target is.
 */
export { createLog, type LogOptions } from './process-log.ts';
export { ProcessSystemLog } from './system-log.ts';
export { Redactor } from './redactor.ts';
