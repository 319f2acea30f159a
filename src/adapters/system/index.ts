/** The machine's clocks and memory, and where our output goes. Owns nothing, decides nothing. */
export { IdleGarbageCollector } from './idle-garbage-collector.ts';
export { measureProcess } from './measure-process.ts';
export { readOutputFacts } from './read-output-facts.ts';
export { SystemClock } from './system-clock.ts';
