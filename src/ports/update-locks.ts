import { OperationalError } from './operational-error.ts';

/** The services of an app of which both lock files are ours. Empty: only parts of locks are, left behind by a crash. */
export type HeldLocks = ReadonlySet<string>;

/**
 * Update locks: files by which the services of an app and this supervisor tell each other "not now" (spec: planner 9).
 * Ours belong to uid 65534; whatever else stands there is a user's.
 */
export interface UpdateLocks {
	/** By app, what is ours, of an earlier life too. The same object until something changes; blocks on the disk at most. */
	held(): Promise<ReadonlyMap<number, HeldLocks>>;
	/**
	 * Both files of every service, or nothing: if one is a user's, all that was held of this app is given up as well, and
	 * the call rejects with `UpdatesLocked`. Extends what is held already. `force` removes what users have put there.
	 */
	take(options: {
		readonly appId: number;
		readonly services: readonly string[];
		readonly force: boolean;
	}): Promise<void>;
	/** Our files only. Nothing held is success. */
	release(appId: number): Promise<void>;
	/** Services of the app that have a directory for locks; none if it has no directory at all. */
	lockableServices(appId: number): Promise<readonly string[]>;
	/** The files are looked at again at the next asking. */
	refresh(): void;
}

/** A user does not want an update now. Retried; not an error. */
export class UpdatesLocked extends OperationalError {
	constructor(message: string, options: { readonly cause?: unknown } = {}) {
		super('updates-locked', message, options);
	}
}

/** `Lockfile exists for { appId: 1, service: web }`: the text that clients know. */
export function lockfileExists(appId: number, serviceName: string): UpdatesLocked {
	return new UpdatesLocked(`Lockfile exists for { appId: ${appId}, service: ${serviceName} }`);
}
