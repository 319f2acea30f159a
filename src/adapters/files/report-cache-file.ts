import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { ReportCache } from '../../ports/cloud-facts.ts';
import type { Log } from '../../ports/log.ts';
import { OperationalError } from '../../ports/operational-error.ts';
import { readText } from './read-file.ts';
import { writeAndSync } from './write-file.ts';

/** The last accepted report, on the host's tmpfs: survives the process, not the boot (spec: cloud-api 11.6). */
export class ReportCacheFile implements ReportCache {
	readonly #path: string;
	readonly #log: Log;

	constructor(path: string, log: Log) {
		this.#path = path;
		this.#log = log;
	}

	async read(): Promise<unknown> {
		try {
			return JSON.parse(await readText(this.#path));
		} catch (error) {
			if (error instanceof OperationalError || error instanceof SyntaxError) {
				return undefined; // none yet, or half of one: a full report costs little
			}
			throw error;
		}
	}

	async write(report: unknown): Promise<void> {
		try {
			await mkdir(dirname(this.#path), { recursive: true });
			await writeAndSync(this.#path, JSON.stringify(report));
		} catch (error) {
			this.#log.warn('cannot keep the last report', { path: this.#path, error: String(error) });
		}
	}
}
