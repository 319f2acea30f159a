import { renameSync } from 'node:fs';
import { access, constants, mkdir, open, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { systemCodeOf, toFileError } from './file-error.ts';
import { pathExists } from './read-file.ts';

/** Atomic, too. Creates the directories. */
export async function writeAndSync(path: string, content: string): Promise<void> {
	try {
		await makeFolder(dirname(path));
	} catch (error) {
		throw toFileError('file-unwritable', path, error);
	}
	await writeAtomically(path, content);
}

interface AtomicWrite {
	/** Access rights of the new file. */
	readonly mode?: number;
	/** Asked right before the new file takes the place of the old one. */
	readonly mayReplace?: () => boolean;
}

/**
 * Atomic: after a power cut the file has its old content or the new one. What a cut leaves under the name `.new` is never
 * read, and the next write replaces it. Returns whether it was written.
 */
export async function writeAtomically(
	path: string,
	content: string | Uint8Array,
	{ mode, mayReplace }: AtomicWrite = {},
): Promise<boolean> {
	try {
		await writeSynced(`${path}.new`, content, mode);
		if (mayReplace?.() === false) {
			await rm(`${path}.new`, { force: true });
			return false;
		}
		renameSync(`${path}.new`, path); // in the same turn as the question
		await syncPath(dirname(path));
		return true;
	} catch (error) {
		throw toFileError('file-unwritable', path, error);
	}
}

async function writeSynced(path: string, content: string | Uint8Array, mode?: number): Promise<void> {
	const file = await open(path, 'w', mode);
	try {
		if (mode !== undefined) {
			await file.chmod(mode); // it may be left from an earlier attempt
		}
		await file.writeFile(content);
		await file.sync();
	} finally {
		await file.close();
	}
}

/** A file, or a folder whose entries have changed. Rejects with the error of the system. */
export async function syncPath(path: string): Promise<void> {
	const file = await open(path, 'r');
	try {
		await file.sync();
	} finally {
		await file.close();
	}
}

/** With its parents. Rejects with the error of the system; Node.js itself says ENOENT on a read-only file system. */
export async function makeFolder(path: string): Promise<void> {
	try {
		await mkdir(path, { recursive: true });
	} catch (error) {
		if (systemCodeOf(error) === 'ENOENT') {
			await access(await findExisting(path), constants.W_OK);
		}
		throw error;
	}
}

async function findExisting(path: string): Promise<string> {
	return (await pathExists(path)) || path === dirname(path) ? path : await findExisting(dirname(path));
}

/** `false`: it does not exist, and cannot be created. */
export async function ensureFolder(path: string): Promise<boolean> {
	try {
		await makeFolder(path);
		return true;
	} catch {
		return false;
	}
}
