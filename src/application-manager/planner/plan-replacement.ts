import {
	containerNameOf,
	isUp,
	type ContainerView,
	type ServiceSpec,
	type UpdateStrategy,
} from '../../domain/service.ts';
import type { Proposal, WaitReason } from '../../domain/plan.ts';
import { leftVolumesOf } from './anonymous-volumes.ts';
import { planHandOver } from './plan-hand-over.ts';
import { planStart, startsWithBoot } from './plan-start.ts';
import { containerStep, creationOf, proposeContainerRemoval, readsOf } from './propose-container.ts';
import { propose } from './propose.ts';
import { underLock, withoutLock, type LockAwareProposal } from './require-locks.ts';
import { contestedBy, resources } from './resources.ts';
import { killsFirst, type Removal, type ServicePair } from './service-pairs.ts';
import { handsOver, movesTo, standsBeside, type PlanningContext } from './planning-context.ts';
import { whyDependenciesMissing, whyNoOwner, whyNotCreate, whyOwnerDown, whyPartsMissing } from './start-conditions.ts';

/**
 * Replaces a container (spec: planner 8). A running container stays until everything that its successor needs is there,
 * including the successor itself (decision D22): the successor is created, the old one stopped, the new one started,
 * and the old one removed. If two cannot exist together, the old one is removed first.
 */
export function planReplacement(
	current: ContainerView,
	{
		pair,
		removal,
		planning,
	}: { readonly pair: ServicePair; readonly removal: Removal; readonly planning: PlanningContext },
): readonly LockAwareProposal[] {
	const { target, successor } = pair;
	if (target === undefined || !standsBeside(pair)) {
		return [planRemoval(current, { pair, removal, planning })];
	}
	if (target.engineImageId !== undefined && handsOver(pair, planning.contested)) {
		return [planHandOver(current, { target, removal, planning })];
	}
	if (successor === undefined) {
		// The owner of its namespace may wait for what this container holds, and no successor can be created before the owner is there.
		if (whyNoOwner(target, planning) !== undefined && isInTheWayOfOthers(current, planning)) {
			return [planRemoval(current, { pair, removal, planning })];
		}
		return [underLock(proposeCreate(target, { planning, reason: removal.reason }))];
	}
	if (!startsNow(successor, target, planning)) {
		return [planRemoval(current, { pair, removal, planning })];
	}
	return isUp(current)
		? [underLock(proposeGivingUp(current, { target, removal, planning }))]
		: planStart(successor, target, planning);
}

/** Not a container that must not run, and not one that a boot starts: steps that wait for it must not delay it. */
function startsNow(successor: ContainerView, target: ServiceSpec, planning: PlanningContext): boolean {
	const { requests, facts } = planning;
	const waitsForBoot = facts.host.reboot === 'required' && whyDependenciesMissing(target, planning) !== undefined;
	return (
		target.running &&
		!requests.stopped.has(successor.containerId) &&
		!startsWithBoot(successor, target, planning) &&
		!waitsForBoot
	);
}

/** Stops the old container, once nothing else keeps the successor from being started. */
function proposeGivingUp(
	current: ContainerView,
	{
		target,
		removal,
		planning,
	}: { readonly target: ServiceSpec; readonly removal: Removal; readonly planning: PlanningContext },
): Proposal {
	return propose(containerStep('stopContainer', current), {
		reason: `its successor is ready: ${removal.reason}`,
		writes: [resources.service(current.appId, current.serviceName), ...contestedBy(current.config)],
		because: planning.imagesMissing ?? whyPartsMissing(target, planning) ?? whyNotReady(current, target, planning),
	});
}

/** A container that blocks a service on which its successor depends does not wait for it. */
function whyNotReady(current: ContainerView, target: ServiceSpec, planning: PlanningContext): WaitReason | undefined {
	return isInTheWayOfOthers(current, planning)
		? undefined
		: (whyOwnerDown(target, planning) ?? whyDependenciesMissing(target, planning));
}

/** It holds a resource that another service of the release needs. */
function isInTheWayOfOthers(current: ContainerView, planning: PlanningContext): boolean {
	const { serviceName } = current;
	return [...planning.claims.keys()].some((name) => name !== serviceName && movesTo(current, name, planning));
}

/** A dead container has no clients, so it is removed at once, without locks (spec: planner I6). */
export function planRemoval(
	container: ContainerView,
	of: {
		readonly pair: ServicePair;
		readonly removal: Removal;
		readonly planning: PlanningContext;
		/** If it differs from the strategy of its service. */
		readonly strategy?: UpdateStrategy;
	},
): LockAwareProposal {
	const { pair, removal, planning, strategy = pair.strategy } = of;
	const { reason, differences } = removal;
	const isDead = container.runState === 'dead';
	const proposal = proposeContainerRemoval(container, {
		reason,
		volumes: leftVolumesOf(container, planning),
		because: isDead || killsFirst(strategy) ? undefined : planning.imagesMissing,
		...(differences === undefined
			? {}
			: { differences, identity: `replace ${JSON.stringify(differences)} ${pair.target?.identity.commit ?? ''}` }),
	});
	return (isDead ? withoutLock : underLock)(proposal);
}

export function proposeCreate(
	spec: ServiceSpec,
	{
		planning,
		reason,
		because,
	}: { readonly planning: PlanningContext; readonly reason: string; readonly because?: WaitReason },
): Proposal {
	const { appId, serviceName } = spec.identity;
	return propose(
		{ kind: 'createContainer', appId, serviceName, ...creationOf(spec, planning) },
		{
			reason,
			writes: [resources.service(appId, serviceName)],
			reads: readsOf(spec),
			because: because ?? whyNotCreate(spec, planning),
			// The name identifies release and image. A specification is long, and a new one comes with a new target, which
			// resets the backoff.
			identity: `${containerNameOf(spec.identity)} ${spec.engineImageId ?? ''}`,
		},
	);
}
