import { chmod, copyFile, readdir, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { ConfigCopy } from '../../ports/settings.ts';
import { FileError, toFileError } from './file-error.ts';
import { readText } from './read-file.ts';
import { writeAtomically } from './write-file.ts';

interface ConfigCopyFilesOptions {
	/** Of config.json itself. */
	readonly path: string;
	/** Where the copies are kept. */
	readonly folder: string;
}

/** They contain keys. */
const FILE_MODE = 0o600;
const DAMAGED_KEPT = 3;

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
		const prefix = `${this.#base}.damaged-`;
		try {
			const numbers = (await readdir(dirname(prefix)))
				.filter((name) => name.startsWith(basename(prefix)))
				.map((name) => Number(name.slice(basename(prefix).length)))
				.filter((number) => Number.isSafeInteger(number))
				.sort((a, b) => a - b);
			const path = `${prefix}${String((numbers.at(-1) ?? 0) + 1)}`;
			await copyFile(this.#path, path);
			await chmod(path, FILE_MODE);
			for (const number of numbers.slice(0, Math.max(0, numbers.length + 1 - DAMAGED_KEPT))) {
				await rm(`${prefix}${String(number)}`, { force: true });
			}
			return path;
		} catch (error) {
			throw toFileError('file-unwritable', prefix, error);
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
