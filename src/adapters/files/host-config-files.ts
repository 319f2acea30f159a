import { rm } from 'node:fs/promises';
import type { HostConfigFiles } from '../../ports/host-config-files.ts';
import { FatFile } from './fat-file.ts';
import { FileError, toFileError } from './file-error.ts';
import { readText } from './read-file.ts';
import { makeFolder, writeAndSync } from './write-file.ts';

interface HostConfigFilesOptions {
	readonly rootPath: string;
	readonly bootPath: string;
	readonly fatrw?: string;
}

/** `redsocks.conf` goes through `fatrw`, `no_proxy` does not (spec: host 2). */
export class SystemProxyFiles implements HostConfigFiles {
	readonly #hostnamePath: string;
	readonly #directory: string;
	readonly #noProxyPath: string;
	readonly #redsocks: FatFile;

	constructor({ rootPath, bootPath, fatrw }: HostConfigFilesOptions) {
		this.#hostnamePath = `${rootPath}/etc/hostname`;
		this.#directory = `${bootPath}/system-proxy`;
		this.#noProxyPath = `${this.#directory}/no_proxy`;
		this.#redsocks = new FatFile(`${this.#directory}/redsocks.conf`, fatrw);
	}

	readHostname(): Promise<string> {
		return readText(this.#hostnamePath);
	}

	readRedsocks(): Promise<string | undefined> {
		return unlessMissing(this.#redsocks.read());
	}

	async writeRedsocks(content: string | undefined): Promise<void> {
		if (content === undefined) {
			await remove(this.#redsocks.path);
			return;
		}
		await this.#makeDirectory();
		await this.#redsocks.write(content);
	}

	readNoProxy(): Promise<string | undefined> {
		return unlessMissing(readText(this.#noProxyPath));
	}

	async writeNoProxy(content: string | undefined): Promise<void> {
		await (content === undefined ? remove(this.#noProxyPath) : writeAndSync(this.#noProxyPath, content));
	}

	async #makeDirectory(): Promise<void> {
		try {
			await makeFolder(this.#directory);
		} catch (error) {
			throw toFileError('file-unwritable', this.#directory, error);
		}
	}
}

async function unlessMissing(text: Promise<string>): Promise<string | undefined> {
	try {
		return await text;
	} catch (error) {
		if (error instanceof FileError && error.code === 'file-missing') {
			return undefined;
		}
		throw error;
	}
}

async function remove(path: string): Promise<void> {
	try {
		await rm(path, { force: true });
		await rm(`${path}.new`, { force: true }); // of a write that was cut off
	} catch (error) {
		throw toFileError('file-unwritable', path, error);
	}
}
