import type { SystemLog } from '../ports/log.ts';

type Line = Parameters<SystemLog['write']>;

/** Keeps lines for the user until there is a log to write them to: settings are read before it is built. */
export class HeldSystemLog implements SystemLog {
	#log: SystemLog | undefined;
	#lines: Line[] = [];

	write(...line: Line): void {
		if (this.#log === undefined) {
			this.#lines.push(line);
		} else {
			this.#log.write(...line);
		}
	}

	/** From now on lines go there, and those that were kept first. */
	release(log: SystemLog): void {
		this.#log = log;
		for (const line of this.#lines.splice(0)) {
			log.write(...line);
		}
	}
}
