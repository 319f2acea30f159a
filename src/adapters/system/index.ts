/** The machine's clocks and memory. Owns nothing, decides nothing. */
export { MemoryKeeper } from './memory-keeper.ts';
export { readKernel } from './read-kernel.ts';
export { SystemClock } from './system-clock.ts';
