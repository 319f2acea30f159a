import { randomBytes } from 'node:crypto';
import type { Dirent } from 'node:fs';
import { link, lstat, open, opendir, rm } from 'node:fs/promises';
import { systemCodeOf, toFileError } from './file-error.ts';

/** Each supervisor, older and newer versions too, recognises the locks of a supervisor by this owner. */
const OWNER_UID = 65_534;
/** Old services know the second name. A lock consists of both. */
export const LOCK_NAMES: readonly string[] = ['updates.lock', 'resin-updates.lock'];
const NAME_END = 'updates.lock';
/** Of a lock file that is not complete. Services cannot reach its folder, so it is ours, also while root owns it. */
const TEMPORARY = /^\.[0-9a-f]{16}\.updates\.lock$/;

/** Who has put a file at the path of a lock. */
type LockOwner = 'supervisor' | 'user' | 'none';

export async function readLockOwner(path: string): Promise<LockOwner> {
	try {
		const status = await lstat(path);
		// The supervisor creates only files: a directory or a link belongs to a user, with any owner.
		return status.isFile() && status.uid === OWNER_UID ? 'supervisor' : 'user';
	} catch (error) {
		const code = systemCodeOf(error);
		if (code === 'ENOENT' || code === 'ENOTDIR') {
			return 'none';
		}
		throw toFileError('file-unreadable', path, error);
	}
}

/**
 * False if something exists there. The file appears under its name with its owner, in one step: if it appeared first
 * and changed its owner then, a crash could leave it behind as a lock of a user, which is never removed. A file that a
 * crash leaves in the directory of the app has a name by which it is found with the other lock files of the app.
 */
export async function createLockFile(path: string, appDirectory: string): Promise<boolean> {
	const temporary = `${appDirectory}/.${randomBytes(8).toString('hex')}.${NAME_END}`;
	try {
		const file = await open(temporary, 'wx', 0o444);
		try {
			await file.chown(OWNER_UID, OWNER_UID);
		} finally {
			await file.close();
		}
		await link(temporary, path);
		return true;
	} catch (error) {
		if (systemCodeOf(error) === 'EEXIST') {
			return false;
		}
		throw toFileError('file-unwritable', path, error);
	} finally {
		await rm(temporary, { force: true }).catch(() => undefined); // found later, as after a crash
	}
}

/**
 * Paths of the supervisor's lock files of an app: of each service, and those that a crash left beside them. Other files
 * in the directory of a service lock nothing, and reading through many of them would delay the other services.
 */
export async function findLockFiles(appDirectory: string): Promise<readonly string[]> {
	const found: string[] = [];
	try {
		for await (const entry of await opendir(appDirectory)) {
			const path = `${appDirectory}/${entry.name}`;
			for (const place of placesAt(path, entry)) {
				if (isTemporary(entry) || (await readLockOwner(place)) === 'supervisor') {
					found.push(place);
				}
			}
		}
	} catch (error) {
		if (systemCodeOf(error) !== 'ENOENT') {
			throw toFileError('file-unreadable', appDirectory, error);
		}
	}
	return found;
}

function placesAt(path: string, entry: Dirent): readonly string[] {
	if (entry.isDirectory()) {
		return LOCK_NAMES.map((name) => `${path}/${name}`);
	}
	return path.endsWith(NAME_END) ? [path] : [];
}

function isTemporary(entry: Dirent): boolean {
	return entry.isFile() && TEMPORARY.test(entry.name);
}
