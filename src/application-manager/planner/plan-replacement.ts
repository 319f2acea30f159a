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
import { locked, unlocked, type Draft } from './require-locks.ts';
import { contestedBy, resources } from './resources.ts';
import { killsFirst, type Removal, type ServicePair } from './service-pairs.ts';
import { handsOver, movesTo, standsBeside, type Situation } from './situation.ts';
import { whyDependenciesMissing, whyNoOwner, whyNotCreate, whyOwnerDown, whyPartsMissing } from './start-conditions.ts';

/**
 * Replaces a container (spec: planner 8). Nothing that runs is given up before all that its successor needs is there, the
 * successor itself included (decision D22): it is created, then the old one is stopped, the new one started, and the old
 * one removed. Where no other can stand beside it, it goes first.
 */
export function planReplacement(
	current: ContainerView,
	{
		pair,
		removal,
		situation,
	}: { readonly pair: ServicePair; readonly removal: Removal; readonly situation: Situation },
): readonly Draft[] {
	const { target, successor } = pair;
	if (target === undefined || !standsBeside(pair)) {
		return [planRemoval(current, { pair, removal, situation })];
	}
	if (target.engineImageId !== undefined && handsOver(pair, situation.contested)) {
		return [planHandOver(current, { target, removal, situation })];
	}
	if (successor === undefined) {
		// The owner of its namespace may be waiting for what this one holds, and no other can be made before that is there.
		if (whyNoOwner(target, situation) !== undefined && isInTheWayOfOthers(current, situation)) {
			return [planRemoval(current, { pair, removal, situation })];
		}
		return [locked(proposeCreate(target, { situation, reason: removal.reason }))];
	}
	if (!startsNow(successor, target, situation)) {
		return [planRemoval(current, { pair, removal, situation })];
	}
	return isUp(current)
		? [locked(proposeGivingUp(current, { target, removal, situation }))]
		: planStart(successor, target, situation);
}

/** Not what shall not run, and not what comes with a boot: that one may not be held up by what waits for it. */
function startsNow(successor: ContainerView, target: ServiceSpec, situation: Situation): boolean {
	const { requests, facts } = situation;
	const waitsForBoot = facts.host.reboot === 'required' && whyDependenciesMissing(target, situation) !== undefined;
	return (
		target.running &&
		!requests.stopped.has(successor.containerId) &&
		!startsWithBoot(successor, target, situation) &&
		!waitsForBoot
	);
}

/** Makes room for the successor, once nothing else keeps that from being started. */
function proposeGivingUp(
	current: ContainerView,
	{
		target,
		removal,
		situation,
	}: { readonly target: ServiceSpec; readonly removal: Removal; readonly situation: Situation },
): Proposal {
	return propose(containerStep('stopContainer', current), {
		reason: `its successor is ready: ${removal.reason}`,
		writes: [resources.service(current.appId, current.serviceName), ...contestedBy(current.config)],
		because: situation.imagesMissing ?? whyPartsMissing(target, situation) ?? whyNotReady(current, target, situation),
	});
}

/** Whoever is in the way of a service that it would wait for does not wait. */
function whyNotReady(current: ContainerView, target: ServiceSpec, situation: Situation): WaitReason | undefined {
	return isInTheWayOfOthers(current, situation)
		? undefined
		: (whyOwnerDown(target, situation) ?? whyDependenciesMissing(target, situation));
}

/** It holds what another service of the release is to have. */
function isInTheWayOfOthers(current: ContainerView, situation: Situation): boolean {
	const { serviceName } = current;
	return [...situation.claims.keys()].some((name) => name !== serviceName && movesTo(current, name, situation));
}

/** A dead container serves nobody: it goes at once, and without locks (spec: planner I6). */
export function planRemoval(
	container: ContainerView,
	of: {
		readonly pair: ServicePair;
		readonly removal: Removal;
		readonly situation: Situation;
		/** Where it is not that of its service. */
		readonly strategy?: UpdateStrategy;
	},
): Draft {
	const { pair, removal, situation, strategy = pair.strategy } = of;
	const { reason, differences } = removal;
	const isDead = container.runState === 'dead';
	const proposal = proposeContainerRemoval(container, {
		reason,
		volumes: leftVolumesOf(container, situation),
		because: isDead || killsFirst(strategy) ? undefined : situation.imagesMissing,
		...(differences === undefined
			? {}
			: { differences, identity: `replace ${JSON.stringify(differences)} ${pair.target?.identity.commit ?? ''}` }),
	});
	return (isDead ? unlocked : locked)(proposal);
}

export function proposeCreate(
	spec: ServiceSpec,
	{
		situation,
		reason,
		because,
	}: { readonly situation: Situation; readonly reason: string; readonly because?: WaitReason },
): Proposal {
	const { appId, serviceName } = spec.identity;
	return propose(
		{ kind: 'createContainer', appId, serviceName, ...creationOf(spec, situation) },
		{
			reason,
			writes: [resources.service(appId, serviceName)],
			reads: readsOf(spec),
			because: because ?? whyNotCreate(spec, situation),
			// The name tells release and image. A specification is long, and a new one comes with a new target, which
			// forgives everything.
			identity: `${containerNameOf(spec.identity)} ${spec.engineImageId ?? ''}`,
		},
	);
}
