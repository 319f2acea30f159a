import type { UpdateLocks } from '../../ports/update-locks.ts';

interface LockedApps {
	readonly appIds: readonly number[];
	/** Removes locks of users. */
	readonly force: boolean;
}

/**
 * Takes the locks of every service that has a directory for them (spec: planner 9.4): all, or none. Returns the apps
 * that have any.
 */
export async function takeLocksOf({ appIds, force }: LockedApps, locks: UpdateLocks): Promise<readonly number[]> {
	const taken: number[] = [];
	try {
		for (const appId of appIds) {
			const services = await locks.lockableServices(appId);
			if (services.length > 0) {
				await locks.take({ appId, services, force });
				taken.push(appId);
			}
		}
	} catch (error) {
		await releaseLocks(taken, locks);
		throw error;
	}
	return taken;
}

export async function releaseLocks(appIds: readonly number[], locks: UpdateLocks): Promise<void> {
	await Promise.all(appIds.map((appId) => locks.release(appId)));
}

/** Releases them when the work has ended or failed. */
export async function withLocksOf(
	apps: LockedApps,
	{ locks }: { readonly locks: UpdateLocks },
	work: () => Promise<void>,
): Promise<void> {
	const taken = await takeLocksOf(apps, locks);
	try {
		await work();
	} finally {
		await releaseLocks(taken, locks);
	}
}
