import { readdir } from 'node:fs/promises';
import type { BootPartition } from '../../ports/boot-storage.ts';
import { FatFile } from './fat-file.ts';
import { FileError, systemCodeOf, toFileError } from './file-error.ts';

interface BootPartitionOptions {
	/** Its mount point. */
	readonly bootPath: string;
	readonly fatrw?: string;
}

/** Content goes through `fatrw`; names are listed directly (spec: host 2). */
export class BootPartitionFiles implements BootPartition {
	readonly #options: BootPartitionOptions;

	constructor(options: BootPartitionOptions) {
		this.#options = options;
	}

	async read(path: string): Promise<Uint8Array | undefined> {
		try {
			return await this.#file(path).readBytes();
		} catch (error) {
			if (error instanceof FileError && error.code === 'file-missing') {
				return undefined;
			}
			throw error;
		}
	}

	write(path: string, content: Uint8Array): Promise<void> {
		return this.#file(path).write(content);
	}

	replace(path: string, content: string, expected: string | undefined): Promise<boolean> {
		return this.#file(path).replace(content, expected);
	}

	async list(path: string): Promise<readonly string[]> {
		const directory = `${this.#options.bootPath}/${path}`;
		try {
			return await readdir(directory);
		} catch (error) {
			if (systemCodeOf(error) === 'ENOENT' || systemCodeOf(error) === 'ENOTDIR') {
				return [];
			}
			throw toFileError('file-unreadable', directory, error);
		}
	}

	#file(path: string): FatFile {
		const { bootPath, fatrw } = this.#options;
		return new FatFile(`${bootPath}/${path}`, fatrw);
	}
}
