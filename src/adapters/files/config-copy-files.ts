import { chmod, copyFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { ConfigCopy } from '../../ports/settings.ts';
import { FileError, toFileError } from './file-error.ts';
import { readText } from './read-file.ts';
import { keepDamaged } from './set-aside.ts';
import { writeAtomically } from './write-file.ts';

interface ConfigCopyFilesOptions {
	/** Of config.json itself. */
	readonly path: string;
	/** Where the copies are kept. */
	readonly folder: string;
}

/** They contain keys. */
const FILE_MODE = 0o600;

/** `config.json.last-good`, `config.json.waiting` and `config.json.damaged-<n>` in the folder of the database. */
export class ConfigCopyFiles implements ConfigCopy {
	readonly #path: string;
	readonly #base: string;

	constructor({ path, folder }: ConfigCopyFilesOptions) {
		this.#path = path;
		this.#base = join(folder, 'config.json');
	}

	read(): Promise<string | undefined> {
		return readIfPossible(`${this.#base}.last-good`);
	}

	async write(content: string): Promise<void> {
		await writeAtomically(`${this.#base}.last-good`, content, { mode: FILE_MODE });
	}

	readWaiting(): Promise<string | undefined> {
		return readIfPossible(`${this.#base}.waiting`);
	}

	async writeWaiting(content: string | undefined): Promise<void> {
		const path = `${this.#base}.waiting`;
		try {
			await (content === undefined ? rm(path, { force: true }) : writeAtomically(path, content, { mode: FILE_MODE }));
		} catch (error) {
			throw toFileError('file-unwritable', path, error);
		}
	}

	async setAside(): Promise<string> {
		try {
			return await keepDamaged(this.#base, async (aside) => {
				await copyFile(this.#path, aside);
				await chmod(aside, FILE_MODE);
			});
		} catch (error) {
			throw toFileError('file-unwritable', `${this.#base}.damaged-`, error);
		}
	}
}

/** A copy that cannot be read is none: a new one is made when config.json can be read. */
async function readIfPossible(path: string): Promise<string | undefined> {
	try {
		return await readText(path);
	} catch (error) {
		if (error instanceof FileError) {
			return undefined;
		}
		throw error;
	}
}
