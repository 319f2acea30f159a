import type { CurrentApp } from '../../domain/current.ts';
import type { Proposal } from '../../domain/plan.ts';
import type { DeviceFacts } from './app-facts.ts';
import { proposeRemoval } from './plan-networks.ts';
import { proposeContainerRemoval } from './propose-container.ts';
import { propose } from './propose.ts';
import { resources } from './resources.ts';

/** An app that no target names any more: containers, then networks, then volumes with their data (spec: planner 13). */
export function planRemovedApp(current: CurrentApp, facts: DeviceFacts): readonly Proposal[] {
	const { appId } = current;
	const reason = 'app not in the target';
	const proposals = current.containers
		.filter((container) => container.runState !== 'removing')
		.map((container) => proposeContainerRemoval(container, { reason }));
	proposals.push(...current.networks.map((network) => proposeRemoval({ appId, network, reason, current })));
	if (facts.keepVolumes) {
		return proposals;
	}
	for (const volume of current.volumes) {
		if (!volume.supervised && !wasOurs(current, facts)) {
			continue; // a name like ours is not yet ours (spec: compose C9)
		}
		const user = current.containers[0];
		proposals.push(
			propose(
				{ kind: 'removeVolume', appId, name: volume.engineName, volumeName: volume.volumeName },
				{
					reason,
					writes: [resources.volume(appId, volume.engineName)],
					because:
						user === undefined
							? undefined
							: { kind: 'container', serviceName: user.serviceName, containerId: user.containerId },
				},
			),
		);
	}
	return proposals;
}

function wasOurs(current: CurrentApp, facts: DeviceFacts): boolean {
	return (
		current.commit !== undefined ||
		current.containers.length > 0 ||
		current.networks.length > 0 ||
		facts.imageRecords.some((record) => record.appId === current.appId)
	);
}
