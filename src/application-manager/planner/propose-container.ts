import type { Proposal, WaitReason } from '../../domain/plan.ts';
import type { ContainerView, FieldDifference } from '../../domain/service.ts';
import { propose } from './propose.ts';
import { contestedBy, resources } from './resources.ts';

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
	return propose(containerStep('removeContainer', container), {
		...details,
		writes: [resources.service(container.appId, container.serviceName), ...contestedBy(container.config)],
		reads: [],
	});
}

type ContainerStepKind = 'startContainer' | 'stopContainer' | 'removeContainer' | 'renameContainer';

export function containerStep<K extends ContainerStepKind>(
	kind: K,
	container: ContainerView,
): { kind: K; appId: number; serviceName: string; containerId: string; image: string } {
	const { appId, serviceName, containerId } = container;
	return { kind, appId, serviceName, containerId, image: container.config.image };
}
