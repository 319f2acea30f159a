import { readFile } from 'node:fs/promises';

const BOOT_ID = '/proc/sys/kernel/random/boot_id';

/** The kernel makes another one at each boot, and containers share it. `undefined`: unknown. */
export async function readBootIdOfKernel(): Promise<string | undefined> {
	try {
		return (await readFile(BOOT_ID, 'utf8')).trim();
	} catch {
		return undefined; // no such file
	}
}
