import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Log } from '../../ports/log.ts';
import type { LogPositionStore } from '../../ports/log-positions.ts';
import { OperationalError } from '../../ports/operational-error.ts';
import { readText } from './read-file.ts';
import { writeAtomically } from './write-file.ts';

/** On the host's tmpfs: after a boot the containers' logs are read from where they were left by other means. */
export class LogPositionFile implements LogPositionStore {
	readonly #path: string;
	readonly #log: Log;
	#hasWarned = false;

	constructor(path: string, log: Log) {
		this.#path = path;
		this.#log = log;
	}

	async read(): Promise<unknown> {
		try {
			return JSON.parse(await readText(this.#path));
		} catch (error) {
			if (error instanceof OperationalError || error instanceof SyntaxError) {
				return undefined; // none yet
			}
			throw error;
		}
	}

	async write(positions: unknown): Promise<void> {
		try {
			await mkdir(dirname(this.#path), { recursive: true });
			await writeAtomically(this.#path, JSON.stringify(positions));
			this.#hasWarned = false;
		} catch (error) {
			if (!this.#hasWarned) {
				this.#hasWarned = true; // it is tried every second
				this.#log.warn('cannot keep how far the logs are sent', { path: this.#path, error: String(error) });
			}
		}
	}
}
