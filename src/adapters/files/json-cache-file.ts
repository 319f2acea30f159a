import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { JsonCache } from '../../ports/json-cache.ts';
import type { Log } from '../../ports/log.ts';
import { OperationalError } from '../../ports/operational-error.ts';
import { readText } from './read-file.ts';
import { writeAtomically } from './write-file.ts';

interface JsonCacheFileOptions {
	readonly path: string;
	readonly log: Log;
	/** Logged when the file cannot be written. */
	readonly warning: string;
}

/** A file on the host's tmpfs. */
export class JsonCacheFile implements JsonCache {
	readonly #options: JsonCacheFileOptions;
	#isReported = false;

	constructor(options: JsonCacheFileOptions) {
		this.#options = options;
	}

	async read(): Promise<unknown> {
		try {
			return JSON.parse(await readText(this.#options.path));
		} catch (error) {
			if (error instanceof OperationalError || error instanceof SyntaxError) {
				return undefined; // missing or incomplete
			}
			throw error;
		}
	}

	async write(value: unknown): Promise<void> {
		const { path, log, warning } = this.#options;
		try {
			await mkdir(dirname(path), { recursive: true });
			await writeAtomically(path, JSON.stringify(value));
			this.#isReported = false;
		} catch (error) {
			if (!this.#isReported) {
				this.#isReported = true; // the next write may follow within a second
				log.warn(warning, { path, error: String(error) });
			}
		}
	}
}
