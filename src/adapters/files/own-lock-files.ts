import { randomBytes } from 'node:crypto';
import { link, lstat, open, opendir, rm } from 'node:fs/promises';
import { systemCodeOf, toFileError } from './file-error.ts';

/** By this owner every supervisor, older and newer ones too, knows the locks that a supervisor has made. */
const OWNER_UID = 65_534;
const NAME_END = 'updates.lock';

/** What stands at a path where a lock may be. */
export type LockOwner = 'supervisor' | 'user' | 'nobody';

export async function readLockOwner(path: string): Promise<LockOwner> {
	try {
		const status = await lstat(path);
		// We make nothing but files: a directory or a link is a user's, whoever owns it.
		return status.isFile() && status.uid === OWNER_UID ? 'supervisor' : 'user';
	} catch (error) {
		const code = systemCodeOf(error);
		if (code === 'ENOENT' || code === 'ENOTDIR') {
			return 'nobody';
		}
		throw toFileError('file-unreadable', path, error);
	}
}

/**
 * False if something stands there. The file appears under its name with its owner, in one step: one that appeared first and
 * changed its owner then could be left behind as what looks like a user's lock, and nobody would ever remove it. What a crash
 * leaves in the directory of the app has a name by which it is found with the app's other lock files.
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
		await rm(temporary, { force: true }).catch(() => undefined); // it is found later, as after a crash
	}
}

/** Paths of the supervisor's lock files at any depth below the directory of an app. Links are not followed. */
export async function findLockFiles(appDirectory: string): Promise<readonly string[]> {
	const found: string[] = [];
	const open = [appDirectory];
	for (let directory = open.pop(); directory !== undefined; directory = open.pop()) {
		try {
			for await (const entry of await opendir(directory)) {
				const path = `${directory}/${entry.name}`;
				if (entry.isDirectory()) {
					open.push(path);
				} else if (entry.isFile() && path.endsWith(NAME_END) && (await readLockOwner(path)) === 'supervisor') {
					found.push(path);
				}
			}
		} catch (error) {
			// Below, a service decides what there is: what is too deep, or gone again, must not stop its updates for ever.
			const code = systemCodeOf(error);
			if (code === undefined || (directory === appDirectory && code !== 'ENOENT')) {
				throw toFileError('file-unreadable', directory, error);
			}
		}
	}
	return found;
}
