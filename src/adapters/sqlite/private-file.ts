import { chmod, open } from 'node:fs/promises';

/** It contains keys. */
const FILE_MODE = 0o600;

/**
 * Makes sure that no other user can read the database, also one that an earlier supervisor created. SQLite gives the
 * files beside it the same mode. The folder is not ours.
 */
export async function makePrivate(path: string): Promise<void> {
	try {
		await (await open(path, 'a', FILE_MODE)).close();
		await chmod(path, FILE_MODE);
		await chmod(`${path}-journal`, FILE_MODE); // left by a process that was killed
	} catch {
		// There is usually no journal. SQLite has better messages for all other failures.
	}
}
