import { dirname, join } from 'node:path';
import { isAborted } from '../../lib/is-aborted.ts';
import type { Log } from '../../ports/log.ts';
import { OperationalError } from '../../ports/operational-error.ts';
import { DatabaseError } from './database-error.ts';
import { Handle } from './handle.ts';

interface LockOptions {
	readonly signal: AbortSignal;
	readonly log: Log;
	readonly attempts?: number;
}

const FILE = 'supervisor.lock';
/** Each waits for a second. */
const ATTEMPTS = 10;

/**
 * One supervisor at a time on the folder of the database: two would undo each other's work. An earlier one may still be
 * ending, so it has ten seconds. The kernel releases the lock with the process, however that ends. `undefined`: aborted.
 */
export async function lockDataFolder(
	databasePath: string,
	{ signal, log, attempts = ATTEMPTS }: LockOptions,
): Promise<(() => Promise<void>) | undefined> {
	const folder = dirname(databasePath);
	const handle = new Handle(join(folder, FILE));
	try {
		for (let attempt = 1; ; attempt++) {
			if (isAborted(signal)) {
				await handle.close();
				return undefined;
			}
			if (await isTaken(handle)) {
				return () => handle.close();
			}
			if (attempt === attempts) {
				throw new OperationalError('already-running', `another supervisor runs on ${folder}`);
			}
		}
	} catch (error) {
		await handle.close();
		if (error instanceof DatabaseError) {
			log.warn('cannot lock the data folder, a second supervisor would not be noticed', { error: error.message });
			return () => Promise.resolve();
		}
		throw error;
	}
}

/** Nothing is ever written to the file. */
async function isTaken(handle: Handle): Promise<boolean> {
	try {
		await handle.query((db) => db.raw('BEGIN EXCLUSIVE'));
		return true;
	} catch (error) {
		if (error instanceof DatabaseError && error.code === 'database-busy') {
			return false;
		}
		throw error;
	}
}
