/** The machine's clocks and memory. Owns nothing, decides nothing. */
export { MemoryKeeper } from './memory-keeper.ts';
export { SystemClock } from './system-clock.ts';
