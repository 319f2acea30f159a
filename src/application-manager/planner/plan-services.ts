import type { Proposal } from '../../domain/plan.ts';
import {
	compareTimes,
	containerNameOf,
	hasNeverRun,
	isUp,
	type ContainerView,
	type ServiceSpec,
} from '../../domain/service.ts';
import { planEndedVolumes } from './anonymous-volumes.ts';
import { sharedContainersOf } from '../compose/index.ts';
import { decideRun } from './drift.ts';
import { planOldContainer } from './plan-hand-over.ts';
import { planRemoval, planReplacement, proposeCreate } from './plan-replacement.ts';
import { planStart } from './plan-start.ts';
import { containerStep, proposeContainerRemoval } from './propose-container.ts';
import { propose } from './propose.ts';
import { underLock, withoutLock, type LockAwareProposal } from './require-locks.ts';
import { resources } from './resources.ts';
import { killsFirst, strategyOf, whyReplace, type Removal, type ServicePair } from './service-pairs.ts';
import type { ServicesInput } from './services-input.ts';
import { createPlanningContext, isHandingOver, whyLeaving, type PlanningContext } from './planning-context.ts';
import { whyNameTaken, whyNotWell } from './start-conditions.ts';

/** Containers of one app: removals, renames, creations, starts and stops (spec: planner 7.2, 7.3, 8, 12). */
export function planServices(input: ServicesInput): readonly LockAwareProposal[] {
	const planning = createPlanningContext(input);
	const pairs = [...planning.pairs.values()];
	return [
		...pairs.flatMap((pair) => pair.others.map((container) => planOther(container, pair, planning))),
		...pairs.flatMap((pair) => planService(pair, planning)),
		...planEndedVolumes(planning).map(withoutLock),
	];
}

function planOther(container: ContainerView, pair: ServicePair, planning: PlanningContext): LockAwareProposal {
	if (container.runState === 'removing') {
		return planStuckRemoval(container, planning);
	}
	if (isHandingOver(container, pair, planning.contested)) {
		return planOldContainer(container, pair, planning);
	}
	const { target } = pair;
	// It was created to replace the current one, and no longer equals the target.
	const unusable =
		target === undefined || !hasNeverRun(container)
			? undefined
			: whyReplace({ container, target, input: planning, owners: planning.owners });
	const reason = hasNeverRun(container)
		? 'a container that is not needed any more'
		: 'an older container of the same service';
	const removal: Removal = unusable ?? { reason, cause: 'update' };
	return planRemoval(container, { pair, strategy: strategyOf(container), removal, planning });
}

/** The engine removes it. A removal that takes too long is forced, and other steps no longer wait for it. */
function planStuckRemoval(container: ContainerView, { facts }: PlanningContext): LockAwareProposal {
	return withoutLock(
		proposeContainerRemoval(container, {
			reason: 'its removal takes too long',
			volumes: { keep: container.anonymousVolumes, drop: [] },
			force: true,
			because: whyLeaving(container, facts.leaving),
		}),
	);
}

function planService(pair: ServicePair, planning: PlanningContext): readonly LockAwareProposal[] {
	const { current, target, removal } = pair;
	if (current === undefined) {
		return target === undefined ? [] : [underLock(proposeCreate(target, { planning, reason: 'container missing' }))];
	}
	if (current.runState === 'removing') {
		const because = whyLeaving(current, planning.facts.leaving);
		const reason = 'container missing';
		return [
			planStuckRemoval(current, planning),
			...(target === undefined ? [] : [underLock(proposeCreate(target, { planning, reason, because }))]),
		];
	}
	if (removal !== undefined) {
		return planReplacement(current, { pair, removal, planning });
	}
	if (target === undefined) {
		return [];
	}
	const name = containerNameOf(target.identity);
	const renaming = current.name === name ? [] : [underLock(proposeRename(current, { name, pair, target, planning }))];
	return [...renaming, ...planRun(current, target, planning)];
}

/**
 * The same container, for another release. If a release still waits for a service to be healthy, a new name alone does
 * not reach it.
 */
function proposeRename(
	current: ContainerView,
	of: {
		readonly name: string;
		readonly pair: ServicePair;
		readonly target: ServiceSpec;
		readonly planning: PlanningContext;
	},
): Proposal {
	const { name, pair, target, planning } = of;
	return propose(
		{ ...containerStep('renameContainer', current), name },
		{
			reason: `same configuration, other name: ${current.name}`,
			writes: [resources.service(current.appId, current.serviceName)],
			because:
				(killsFirst(pair.strategy) ? undefined : planning.imagesMissing) ??
				whyNameTaken(name, planning) ??
				whyNotWell(target, planning),
		},
	);
}

function planRun(current: ContainerView, spec: ServiceSpec, planning: PlanningContext): readonly LockAwareProposal[] {
	const writes = [resources.service(current.appId, current.serviceName)];
	switch (decideRun(current, spec, planning)) {
		case 'start':
			return planStart(current, spec, planning);
		case 'stop':
			return [
				underLock(
					propose(containerStep('stopContainer', current), {
						reason: spec.running ? 'stop requested' : 'target says not running',
						writes,
					}),
				),
			];
		case 'unpause':
			return [
				withoutLock(
					propose(containerStep('unpauseContainer', current), {
						reason: 'container paused outside the supervisor',
						writes,
					}),
				),
			];
		case 'nothing':
			return planRejoining(current, planning);
	}
}

/** When a process has ended, services that share its namespace lose their connection until they are restarted (decision D20). */
function planRejoining(current: ContainerView, { containers, facts }: PlanningContext): readonly LockAwareProposal[] {
	const ids = isUp(current) && !facts.localMode ? sharedContainersOf(current.config) : [];
	const owner = containers.find(
		(container) => ids.includes(container.containerId) && isStartedSince(container, current),
	);
	if (owner === undefined) {
		return [];
	}
	const { appId, serviceName } = current;
	return [
		underLock(
			propose(containerStep('restartContainer', current), {
				reason: `service ${owner.serviceName}, whose namespace it shares, was started again`,
				writes: [resources.service(appId, serviceName)],
				reads: [resources.service(appId, owner.serviceName)],
			}),
		),
	];
}

function isStartedSince(owner: ContainerView, { startedAt }: ContainerView): boolean {
	return (
		isUp(owner) &&
		owner.startedAt !== undefined &&
		startedAt !== undefined &&
		compareTimes(owner.startedAt, startedAt) > 0
	);
}
