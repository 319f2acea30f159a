import { writeFile } from 'node:fs/promises';
import type { Clock } from '../../ports/clock.ts';
import type { Led, LedPattern } from '../../ports/led.ts';

const PHASE_MS = 200;
const BLINK_MS = 15_000;
const IDENTIFY: LedPattern = { blinks: 1, pauseMs: 0 };

/** A file that accepts `1` and `0`. Not every device has one, and nothing depends on it. */
export class LedFile implements Led {
	readonly #path: string;
	readonly #clock: Pick<Clock, 'sleep'>;
	#pattern: AbortController | undefined;
	#blink: AbortController | undefined;
	/** Aborts the last pattern: the next one begins when the LED is dark again. */
	#ended: Promise<void> = Promise.resolve();

	constructor(path: string, clock: Pick<Clock, 'sleep'>) {
		this.#path = path;
		this.#clock = clock;
	}

	start(pattern: LedPattern): void {
		if (this.#pattern === undefined) {
			this.#pattern = new AbortController();
			this.#ended = this.#run(pattern, { after: this.#ended, signal: this.#pattern.signal });
		}
	}

	async stop(): Promise<void> {
		this.#blink?.abort();
		this.#pattern?.abort();
		this.#pattern = undefined;
		await this.#ended;
	}

	blink(): void {
		this.#blink?.abort();
		this.#blink = new AbortController();
		this.start(IDENTIFY);
		void this.#stopLater(this.#blink.signal);
	}

	async #stopLater(signal: AbortSignal): Promise<void> {
		await this.#clock.sleep(BLINK_MS, signal);
		if (!signal.aborted) {
			await this.stop();
		}
	}

	async #run(
		{ blinks, pauseMs }: LedPattern,
		{ after, signal }: { readonly after: Promise<void>; readonly signal: AbortSignal },
	): Promise<void> {
		await after;
		while (!signal.aborted) {
			await this.#flash(blinks, signal);
			if (pauseMs > 0) {
				await this.#clock.sleep(pauseMs, signal);
			}
		}
	}

	async #flash(blinks: number, signal: AbortSignal): Promise<void> {
		for (let blink = 0; blink < blinks && !signal.aborted; blink++) {
			await this.#write('1');
			await this.#clock.sleep(PHASE_MS, signal);
			await this.#write('0');
			await this.#clock.sleep(PHASE_MS, signal);
		}
	}

	async #write(value: '0' | '1'): Promise<void> {
		try {
			await writeFile(this.#path, value, { flag: 'r+' });
		} catch {
			// no LED, or no permission
		}
	}
}
