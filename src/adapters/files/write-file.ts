import { mkdir, open, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { toFileError } from './file-error.ts';

/** Atomic, too. Creates the directories. */
export async function writeAndSync(path: string, content: string): Promise<void> {
	try {
		await mkdir(dirname(path), { recursive: true });
	} catch (error) {
		throw toFileError('file-unwritable', path, error);
	}
	await writeAtomically(path, content);
}

/**
 * Atomic: after a power cut the file has its old content or the new one. What a cut leaves under the name `.new` is never
 * read, and the next write replaces it.
 */
export async function writeAtomically(path: string, content: string | Uint8Array): Promise<void> {
	try {
		await writeSynced(`${path}.new`, content);
		await rename(`${path}.new`, path);
		await syncDirectory(dirname(path));
	} catch (error) {
		throw toFileError('file-unwritable', path, error);
	}
}

async function writeSynced(path: string, content: string | Uint8Array): Promise<void> {
	const file = await open(path, 'w');
	try {
		await file.writeFile(content);
		await file.sync();
	} finally {
		await file.close();
	}
}

async function syncDirectory(path: string): Promise<void> {
	const directory = await open(path, 'r');
	try {
		await directory.sync();
	} finally {
		await directory.close();
	}
}

/** `false`: it does not exist, and cannot be created. */
export async function ensureFolder(path: string): Promise<boolean> {
	try {
		await mkdir(path, { recursive: true });
		return true;
	} catch {
		return false;
	}
}
