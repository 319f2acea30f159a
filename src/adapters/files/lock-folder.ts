import { randomBytes } from 'node:crypto';
import { rename, rm, symlink, unlink } from 'node:fs/promises';
import { FileError, systemCodeOf, toFileError } from './file-error.ts';
import { pathExists } from './read-file.ts';

/**
 * The folder in which services and the supervisor leave files for each other (spec: planner 9.1). The directory of a
 * service is mounted into its containers, so its content may change at any moment, by accident or by attack. Services
 * cannot reach the directories above.
 */
export class LockFolder {
	readonly path: string;

	constructor(rootPath: string) {
		this.path = `${rootPath}/tmp/balena-supervisor/services`;
	}

	ofApp(appId: number): string {
		return `${this.path}/${appId}`;
	}

	ofService(appId: number, serviceName: string): string {
		if (!isFileName(serviceName)) {
			const message = `Not the name of a directory: ${JSON.stringify(serviceName.slice(0, 200))}`;
			throw new FileError('file-unwritable', message);
		}
		return `${this.ofApp(appId)}/${serviceName}`;
	}

	/** Removes a file, or a directory with its content. Returns whether there was one. */
	async removeAny(path: string): Promise<boolean> {
		try {
			await unlink(path);
			return true;
		} catch (error) {
			const code = systemCodeOf(error);
			if (code === 'ENOENT' || code === 'ENOTDIR') {
				return false;
			}
			if (code !== 'EISDIR' && code !== 'EPERM') {
				throw toFileError('file-unwritable', path, error);
			}
		}
		return await this.#removeDirectory(path);
	}

	/**
	 * Moved out of reach of the service first: while its files are deleted one by one, the service could replace a
	 * directory by a link to a path of the host.
	 */
	async #removeDirectory(path: string): Promise<boolean> {
		const aside = `${this.path}/.${randomBytes(8).toString('hex')}`;
		try {
			await rename(path, aside);
		} catch (error) {
			if (systemCodeOf(error) === 'ENOENT') {
				return false;
			}
			throw toFileError('file-unwritable', path, error);
		}
		// A rest, after a failure or a crash, is harmless there, and removed by the next boot.
		await rm(aside, { recursive: true, force: true }).catch(() => undefined);
		return true;
	}
}

function isFileName(name: string): boolean {
	return name !== '' && name !== '.' && name !== '..' && !/[/\0]/.test(name);
}

/**
 * Old releases of the operating system know the folder by another name, and services may have mounted it. To be called
 * before any file is written.
 */
export async function adoptLegacyLockFolder(rootPath: string): Promise<void> {
	const path = `${rootPath}/tmp/balena-supervisor`;
	if (!(await pathExists(`${rootPath}/tmp/resin-supervisor`))) {
		return;
	}
	try {
		// Relative: the root of the host has another path for us than for the host.
		await symlink('resin-supervisor', path);
	} catch (error) {
		if (systemCodeOf(error) !== 'EEXIST') {
			throw toFileError('file-unwritable', path, error);
		}
	}
}
