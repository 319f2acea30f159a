/** The machine's clocks and memory. Owns nothing, decides nothing. */
export { IdleGarbageCollector } from './idle-garbage-collector.ts';
export { SystemClock } from './system-clock.ts';
