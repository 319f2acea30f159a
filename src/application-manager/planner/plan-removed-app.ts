import type { CurrentApp } from '../../domain/current.ts';
import type { Proposal } from '../../domain/plan.ts';
import type { AppPair, DeviceFacts } from './app-facts.ts';
import { proposeRemoval } from './plan-networks.ts';
import { proposeVolumeRemoval } from './plan-volumes.ts';
import { proposeContainerRemoval } from './propose-container.ts';
import { locked, proposeRelease, requireLocks, unlocked, whyLeaving } from './require-locks.ts';

/** An app that no target names any more: containers, then networks, then volumes with their data (spec: planner 13). */
export function planRemovedApp({ appId, current, locks, requests }: AppPair, facts: DeviceFacts): readonly Proposal[] {
	const proposals = current === undefined ? [] : planRemovals(current, facts, { locks, force: requests.force });
	return proposals.length > 0 ? proposals : proposeRelease(appId, locks, whyLeaving(current?.containers ?? []));
}

function planRemovals(
	current: CurrentApp,
	facts: DeviceFacts,
	{ locks, force }: { readonly locks: AppPair['locks']; readonly force: boolean },
): readonly Proposal[] {
	const { appId, containers } = current;
	const reason = 'app not in the target';
	const drafts = containers
		.filter((container) => container.runState !== 'removing')
		.map((container) =>
			(container.runState === 'dead' ? unlocked : locked)(proposeContainerRemoval(container, { reason })),
		);
	const services = containers.map(({ serviceName }) => serviceName);
	// A name like ours is not yet ours (spec: compose C9).
	const volumes = facts.keepVolumes ? [] : current.volumes.filter((v) => v.supervised || wasOurs(current, facts));
	return [
		...requireLocks(drafts, { appId, services, held: locks, force: force || facts.force }),
		...current.networks.map((network) => proposeRemoval({ appId, network, reason, current })),
		...volumes.map((volume) => proposeVolumeRemoval(volume, { appId, reason, containers })),
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
