import { renameSync } from 'node:fs';
import { mkdir, open, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { toFileError } from './file-error.ts';

/**
 * Written to disk when it returns, but not atomically: after a power cut a part may be there. Creates the directories.
 */
export async function writeAndSync(path: string, content: string): Promise<void> {
	try {
		await mkdir(dirname(path), { recursive: true });
		await writeSynced(path, content);
	} catch (error) {
		throw toFileError('file-unwritable', path, error);
	}
}

interface AtomicWrite {
	/** Access rights of the new file. */
	readonly mode?: number;
	/** Asked right before the new file takes the place of the old one. */
	readonly mayReplace?: () => boolean;
}

/** Atomic: after a power cut the file has its old content or the new one. Whether it was written. */
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
		await syncDirectory(dirname(path));
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
