import { join } from 'node:path';
import { utimesSync } from 'node:fs';

const COMPLETE = join(import.meta.dirname, '../../../node_modules/.package-lock.json');

/**
 * Says that the installed packages are those of package-lock.json, with any file times: a checkout gives the
 * one another time, a copy the other. Else dindctl would install them again, and take away what the tests are running on.
 */
export function keepPackages(): void {
	const now = new Date();
	utimesSync(COMPLETE, now, now);
}
