import { rename } from 'node:fs/promises';
import type { Log } from '../../ports/log.ts';
import type { PreloadFile } from '../../ports/preload-file.ts';
import { FileError, systemCodeOf } from './file-error.ts';
import { pathExists, readText } from './read-file.ts';
import { writeAtomically } from './write-file.ts';

const ABSENT = ['ENOENT', 'EISDIR', 'ENOTDIR'];

export class AppsJsonFile implements PreloadFile {
	readonly path: string;
	readonly #log: Log;

	constructor(path: string, log: Log) {
		this.path = path;
		this.#log = log;
	}

	async read(): Promise<string | undefined> {
		try {
			return await readText(this.path);
		} catch (error) {
			// The engine creates a directory for a file that it has to mount and does not find.
			if (error instanceof FileError && ABSENT.includes(systemCodeOf(error.cause) ?? '')) {
				return undefined;
			}
			throw error;
		}
	}

	async retire(): Promise<void> {
		const preloaded = `${this.path}.preloaded`;
		try {
			if (!(await pathExists(preloaded))) {
				await rename(this.path, preloaded);
			}
			if (!(await pathExists(this.path))) {
				await writeAtomically(this.path, '{}'); // also after a power cut between the two
			}
		} catch (error) {
			// The next start reads it again, and skips it.
			this.#log.warn('cannot rename the file of preloaded apps', { path: this.path, error });
		}
	}
}
