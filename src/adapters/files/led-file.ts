import { writeFile } from 'node:fs/promises';
import type { Clock } from '../../ports/clock.ts';
import { linkSignal } from '../../lib/link-signal.ts';

const PHASE_MS = 200;

/** The lamp that tells one device from the others on a shelf (spec: host 11). One pattern at a time. */
export class LedFile {
	readonly #path: string;
	readonly #clock: Pick<Clock, 'sleep'>;
	#isBlinking = false;

	constructor(path: string, clock: Pick<Clock, 'sleep'>) {
		this.#path = path;
		this.#clock = clock;
	}

	/** Starting while it blinks does nothing. */
	async blink(durationMs: number, signal: AbortSignal): Promise<void> {
		if (this.#isBlinking) {
			return;
		}
		this.#isBlinking = true;
		const link = linkSignal(signal);
		try {
			for (let at = 0; at < durationMs && !link.signal.aborted; at += 2 * PHASE_MS) {
				await this.#write('1');
				await this.#clock.sleep(PHASE_MS, link.signal);
				await this.#write('0');
				await this.#clock.sleep(PHASE_MS, link.signal);
			}
		} finally {
			this.#isBlinking = false;
			link.unlink();
		}
	}

	/** Not every device has one. */
	async #write(value: '0' | '1'): Promise<void> {
		try {
			await writeFile(this.#path, value, { flag: 'r+' });
		} catch {
			// no lamp, or not ours to switch: nothing depends on it
		}
	}
}
