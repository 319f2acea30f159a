import type { Proposal, WaitReason } from '../../domain/plan.ts';
import type { ContainerView, FieldDifference, ServiceSpec } from '../../domain/service.ts';
import { propose } from './propose.ts';
import { contestedBy, resources, SUPERVISOR_NETWORK_RESOURCE } from './resources.ts';
import { OLD } from './situation.ts';

/** Stops the container if it runs and removes it, its anonymous volumes with it. */
export function proposeContainerRemoval(
	container: ContainerView,
	details: {
		readonly reason: string;
		readonly because?: WaitReason | undefined;
		readonly differences?: readonly FieldDifference[];
		readonly identity?: string;
	},
): Proposal {
	const { appId, serviceName, name, config } = container;
	// A hand-over that is no longer wanted may be about to remove the same container.
	const handOver = name.startsWith(OLD) ? [resources.handOver(appId, serviceName)] : [];
	return propose(containerStep('removeContainer', container), {
		...details,
		writes: [resources.service(appId, serviceName), ...handOver, ...contestedBy(config)],
		reads: [],
	});
}

type ContainerStepKind =
	| 'startContainer'
	| 'stopContainer'
	| 'removeContainer'
	| 'renameContainer'
	| 'unpauseContainer'
	| 'handOver'
	| 'finishHandOver';

export function containerStep<K extends ContainerStepKind>(
	kind: K,
	container: ContainerView,
): { kind: K; appId: number; serviceName: string; containerId: string; image: string } {
	const { appId, serviceName, containerId } = container;
	return { kind, appId, serviceName, containerId, image: container.config.image };
}

/** What has to stay as it is while the container is made. */
export function readsOf(spec: ServiceSpec): readonly string[] {
	const { appId } = spec.identity;
	return [
		resources.image(spec.reference),
		SUPERVISOR_NETWORK_RESOURCE,
		...spec.networks.map((network) => resources.network(appId, network)),
		...spec.volumes.map((volume) => resources.volume(appId, volume)),
	];
}
