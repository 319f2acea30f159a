import type { CurrentApp } from '../../domain/current.ts';
import type { Proposal } from '../../domain/plan.ts';
import type { AppPair, DeviceFacts } from './app-facts.ts';
import { proposeRemoval } from './plan-networks.ts';
import { leftVolumesOf } from './anonymous-volumes.ts';
import { namedForPeople, proposeVolumeRemoval } from './plan-volumes.ts';
import { proposeContainerRemoval } from './propose-container.ts';
import { underLock, proposeLockRelease, requireLocks, withoutLock } from './require-locks.ts';
import { whyLeaving } from './planning-context.ts';

/** Removes an app that is in no target any more: containers, then networks, then volumes with their data (spec: planner 13). */
export function planRemovedApp({ appId, current, locks, requests }: AppPair, facts: DeviceFacts): readonly Proposal[] {
	const nothing: CurrentApp = { appId, containers: [], networks: [], volumes: [] };
	const proposals = planRemovals(current ?? nothing, facts, { locks, force: requests.force });
	return proposals.length > 0 ? proposals : proposeLockRelease(appId, locks);
}

function planRemovals(
	current: CurrentApp,
	facts: DeviceFacts,
	{ locks, force }: { readonly locks: AppPair['locks']; readonly force: boolean },
): readonly Proposal[] {
	const { appId, containers } = current;
	const reason = 'app not in the target';
	const keptVolumes = facts.keptVolumes.filter((volume) => volume.appId === appId);
	const drafts = containers.map((container) => {
		const volumes = leftVolumesOf(container, { containers, keptVolumes });
		if (container.runState === 'removing') {
			const because = whyLeaving(container, facts.leaving);
			return withoutLock(proposeContainerRemoval(container, { reason, volumes, force: true, because }));
		}
		return (container.runState === 'dead' ? withoutLock : underLock)(
			proposeContainerRemoval(container, { reason, volumes }),
		);
	});
	const services = containers.map(({ serviceName }) => serviceName);
	// A name of our form does not make a volume ours (spec: compose C9).
	const volumes = facts.keepVolumes ? [] : current.volumes.filter((v) => v.supervised || wasOurs(current, facts));
	return [
		...requireLocks(drafts, { appId, services, held: locks, force: force || facts.force }),
		...current.networks.map((network) => proposeRemoval({ appId, network, reason, current })),
		...[...volumes, ...(facts.keepVolumes ? [] : keptVolumes.map(namedForPeople))].map((volume) =>
			proposeVolumeRemoval(volume, { appId, reason, containers }),
		),
	];
}

function wasOurs(current: CurrentApp, facts: DeviceFacts): boolean {
	return (
		current.commit !== undefined ||
		current.containers.length > 0 ||
		current.networks.length > 0 ||
		facts.imageRecords.some((record) => record.appId === current.appId)
	);
}
