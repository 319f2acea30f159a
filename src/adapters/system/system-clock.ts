import { performance } from 'node:perf_hooks';
import type { Clock } from '../../ports/clock.ts';

/**
 * The clocks of the machine. Timers of more than 24 days would fire at once, so they are limited to that. For a
 * negative time, which a deadline that has just passed leaves, Node 24 prints a warning.
 */
export class SystemClock implements Clock {
	now(): number {
		return performance.now();
	}

	wall(): Date {
		return new Date();
	}

	random(): number {
		return Math.random();
	}

	sleep(ms: number, signal: AbortSignal): Promise<void> {
		return new Promise((resolve) => {
			if (signal.aborted) {
				resolve();
				return;
			}
			const done = () => {
				clearTimeout(timer);
				signal.removeEventListener('abort', done);
				resolve();
			};
			const timer = setTimeout(done, Math.min(Math.max(ms, 0), TIMER_MAX_MS));
			signal.addEventListener('abort', done, { once: true });
		});
	}
}

const TIMER_MAX_MS = 2 ** 31 - 1;
