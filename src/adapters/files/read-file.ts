import { access, readFile } from 'node:fs/promises';
import { toFileError } from './file-error.ts';

export async function readText(path: string): Promise<string> {
	try {
		return await readFile(path, 'utf8');
	} catch (error) {
		throw toFileError('file-unreadable', path, error);
	}
}

export async function readBytes(path: string): Promise<Uint8Array> {
	try {
		return await readFile(path);
	} catch (error) {
		throw toFileError('file-unreadable', path, error);
	}
}

/** Whether a file exists at the path and can be accessed. */
export async function pathExists(path: string): Promise<boolean> {
	try {
		await access(path);
		return true;
	} catch {
		return false; // for any reason: the supervisor cannot use it
	}
}
