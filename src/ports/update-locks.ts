import { OperationalError } from './operational-error.ts';

/** The services of an app whose two lock files are ours. Empty: only parts of locks are ours, left by a crash. */
export type HeldLocks = ReadonlySet<string>;

/**
 * Update locks: files by which services of an app and this supervisor block each other (spec: planner 9). Ours belong to
 * uid 65534; every other one is a user's.
 */
export interface UpdateLocks {
	/** Locks that are ours, by app, also from before a restart. The same object until something changes. */
	held(): Promise<ReadonlyMap<number, HeldLocks>>;
	/**
	 * Takes both files of every service, or none: if one is a user's, all locks of this app are released and the call rejects
	 * with `UpdatesLocked`. Extends locks that are already held. `force` removes locks of users.
	 */
	take(options: {
		readonly appId: number;
		readonly services: readonly string[];
		readonly force: boolean;
	}): Promise<void>;
	/** Removes our files only. No lock held is success. */
	release(appId: number): Promise<void>;
	/** Services of the app that have a lock directory; empty if the app has none. */
	lockableServices(appId: number): Promise<readonly string[]>;
	/** Drops the cache: the next call reads the files again. */
	refresh(): void;
}

/** A user holds an update lock. Retried; not an error. */
export class UpdatesLocked extends OperationalError {
	constructor(message: string, options: ErrorOptions = {}) {
		super('updates-locked', message, options);
	}
}

/** `Lockfile exists for { appId: 1, service: web }`: clients match this text. */
export function lockfileExists(appId: number, serviceName: string): UpdatesLocked {
	return new UpdatesLocked(`Lockfile exists for { appId: ${appId}, service: ${serviceName} }`);
}
