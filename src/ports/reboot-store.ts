import type { RebootCause, RebootRecord } from '../domain/reboot.ts';

/** The reboots that the supervisor has made on its own, by cause. Survives boots. */
export interface RebootStore {
	/** The same object until something changes. */
	list(): Promise<readonly RebootRecord[]>;
	/**
	 * One more reboot for each cause. Called before the system is asked, so that a power cut counts too many and never too
	 * few; repeating it for the same mark counts nothing, so that a refused reboot counts once.
	 */
	count(causes: readonly RebootCause[], markId: string): Promise<void>;
	/** The user was notified. */
	giveUp(cause: RebootCause): Promise<void>;
	/** Missing ones are success. */
	forget(causes: readonly RebootCause[]): Promise<void>;
}
