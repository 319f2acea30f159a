import type { ContainerView, ServiceSpec } from '../../domain/service.ts';
import { containerStep, readsOf } from './propose-container.ts';
import { propose } from './propose.ts';
import { locked, type Draft } from './require-locks.ts';
import { contestedBy, resources } from './resources.ts';
import type { Removal, ServicePair } from './service-pairs.ts';
import { OLD, type Situation } from './situation.ts';
import { whyContested, whyDependenciesMissing, whyPartsMissing } from './start-conditions.ts';

/** Replaces a running container by one beside it, once all that the new one needs is there (spec: planner 8). */
export function planHandOver(
	current: ContainerView,
	{
		target,
		removal,
		situation,
	}: { readonly target: ServiceSpec; readonly removal: Removal; readonly situation: Situation },
): Draft {
	const { appId, serviceName } = current;
	return locked(
		propose(
			{
				...containerStep('handOver', current),
				...(current.name.startsWith(OLD) ? {} : { name: `${OLD}${current.name}` }),
				spec: target,
			},
			{
				reason: removal.reason,
				...(removal.differences === undefined ? {} : { differences: removal.differences }),
				writes: [resources.service(appId, serviceName), ...contestedBy(target.config)],
				reads: readsOf(target),
				because:
					situation.imagesMissing ??
					whyPartsMissing(target, situation) ??
					whyContested(situation) ??
					whyDependenciesMissing(target, situation),
				identity: `hand over ${JSON.stringify(removal.differences ?? [])} ${target.identity.commit}`,
			},
		),
	);
}

/** The old container stays until the new one says that it has taken over, or its time is up, should it never start. */
export function planOldContainer(old: ContainerView, pair: ServicePair | undefined): Draft {
	const successor = pair?.current;
	const timeoutMs = pair?.target?.handoverTimeoutMs ?? 0;
	return locked(
		propose(
			{
				...containerStep('finishHandOver', old),
				startedAt: successor?.startedAt ?? successor?.createdAt ?? old.createdAt,
				timeoutMs,
			},
			{
				reason: 'hands over to its successor',
				writes: [resources.handOver(old.appId, old.serviceName)],
				interruptible: true,
			},
		),
	);
}
