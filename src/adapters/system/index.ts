/** The machine's clocks. Owns nothing, decides nothing. */
export { SystemClock } from './system-clock.ts';
