import type { Proposal, WaitReason } from '../../domain/plan.ts';
import { isUp, type ContainerView, type FieldDifference, type ServiceSpec } from '../../domain/service.ts';
import type { Creation, LeftVolumes } from '../../domain/step.ts';
import { namespaceOwnersOf } from '../compose/index.ts';
import { takenOver } from './anonymous-volumes.ts';
import { propose } from './propose.ts';
import { contestedBy, resources, SUPERVISOR_NETWORK_RESOURCE } from './resources.ts';
import { OLD, type PlanningContext } from './planning-context.ts';
import { freeNameFor } from './start-conditions.ts';

/** Stops the container if it runs and removes it. */
export function proposeContainerRemoval(
	container: ContainerView,
	details: {
		readonly reason: string;
		readonly volumes: LeftVolumes;
		readonly force?: true;
		readonly because?: WaitReason | undefined;
		readonly differences?: readonly FieldDifference[];
		readonly identity?: string;
	},
): Proposal {
	const { appId, serviceName, name, config } = container;
	const { volumes, force, ...rest } = details;
	// A hand-over that is no longer wanted may be about to remove the same container.
	const handOver = name.startsWith(OLD) ? [resources.handOver(appId, serviceName)] : [];
	const step = {
		...containerStep('removeContainer', container),
		volumes,
		isUp: isUp(container),
		...(force === undefined ? {} : { force }),
	};
	return propose(step, {
		...rest,
		writes: [resources.service(appId, serviceName), ...handOver, ...contestedBy(config)],
		reads: [],
	});
}

type ContainerStepKind =
	| 'startContainer'
	| 'stopContainer'
	| 'restartContainer'
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

/** Everything that the engine gets for a new container. */
export function creationOf(spec: ServiceSpec, planning: PlanningContext): Creation {
	const owners = namespaceOwnersOf(spec.config).flatMap((service): readonly [string, string][] => {
		const containerId = planning.owners.get(service);
		return containerId === undefined ? [] : [[service, containerId]];
	});
	return {
		spec,
		name: freeNameFor(spec, planning.containers),
		owners: Object.fromEntries(owners),
		anonymousVolumes: takenOver(spec, planning),
	};
}

/** Resources that must not change while the container is created. */
export function readsOf(spec: ServiceSpec): readonly string[] {
	const { appId } = spec.identity;
	return [
		resources.image(spec.reference),
		SUPERVISOR_NETWORK_RESOURCE,
		...spec.networks.map((network) => resources.network(appId, network)),
		...spec.volumes.map((volume) => resources.volume(appId, volume)),
	];
}
