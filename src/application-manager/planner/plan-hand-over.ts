import type { ContainerView, ServiceSpec } from '../../domain/service.ts';
import { leftVolumesOf } from './anonymous-volumes.ts';
import { containerStep, creationOf, readsOf } from './propose-container.ts';
import { propose } from './propose.ts';
import { underLock, type LockAwareProposal } from './require-locks.ts';
import { contestedBy, resources } from './resources.ts';
import type { Removal, ServicePair } from './service-pairs.ts';
import { OLD, whyContested, type PlanningContext } from './planning-context.ts';
import { whyDependenciesMissing, whyNameTaken, whyOwnerDown, whyPartsMissing } from './start-conditions.ts';

/** Replaces a running container by one beside it, once everything that the new one needs is there (spec: planner 8). */
export function planHandOver(
	current: ContainerView,
	{
		target,
		removal,
		planning,
	}: { readonly target: ServiceSpec; readonly removal: Removal; readonly planning: PlanningContext },
): LockAwareProposal {
	const { appId, serviceName } = current;
	const isAside = current.name.startsWith(OLD);
	// A container that was created before a crash is used.
	const made = planning.pairs.get(serviceName)?.successor;
	const others = planning.containers.filter((container) => container !== current && container !== made);
	const moved = { ...current, name: `${OLD}${current.name}` };
	return underLock(
		propose(
			{
				...containerStep('handOver', current),
				...(isAside ? {} : { oldName: `${OLD}${current.name}` }),
				// Its own name is free once the old one has moved aside.
				creation: creationOf(target, { ...planning, containers: isAside ? others : [...others, moved] }),
			},
			{
				reason: removal.reason,
				...(removal.differences === undefined ? {} : { differences: removal.differences }),
				writes: [resources.service(appId, serviceName), ...contestedBy(target.config)],
				reads: readsOf(target),
				because:
					planning.imagesMissing ??
					whyPartsMissing(target, planning) ??
					whyOwnerDown(target, planning) ??
					whyDependenciesMissing(target, planning) ??
					(isAside ? undefined : whyNameTaken(moved.name, planning)) ??
					whyContested(serviceName, planning),
				identity: `hand over ${JSON.stringify(removal.differences ?? [])} ${target.identity.commit}`,
			},
		),
	);
}

/** The old container stays until the new one signals that it has taken over, or until the time-out, in case it never starts. */
export function planOldContainer(old: ContainerView, pair: ServicePair, planning: PlanningContext): LockAwareProposal {
	const successor = pair.current;
	const timeoutMs = pair.target?.handoverTimeoutMs ?? 0;
	return underLock(
		propose(
			{
				...containerStep('finishHandOver', old),
				startedAt: successor?.startedAt ?? successor?.createdAt ?? old.createdAt,
				timeoutMs,
				volumes: leftVolumesOf(old, planning),
			},
			{
				reason: 'hands over to its successor',
				writes: [resources.handOver(old.appId, old.serviceName)],
				interruptible: true,
			},
		),
	);
}
