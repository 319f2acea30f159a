import { chmod, open } from 'node:fs/promises';

/** There are keys in it. */
const FILE_MODE = 0o600;

/**
 * Makes sure that no other user reads the database: one that an earlier supervisor made is closed to others too. SQLite gives
 * what it writes beside it the same mode. The folder is not ours.
 */
export async function makePrivate(path: string): Promise<void> {
	try {
		await (await open(path, 'a', FILE_MODE)).close();
		await chmod(path, FILE_MODE);
		await chmod(`${path}-journal`, FILE_MODE); // of a life that was cut off
	} catch {
		// There is no journal, as a rule. Of all else SQLite says better what is wrong.
	}
}
