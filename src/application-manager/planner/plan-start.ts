import { containerCause, findRecord, isDue } from '../../domain/reboot.ts';
import { compareTimes, type ContainerView, type ServiceSpec } from '../../domain/service.ts';
import { describeCrash, whyCrashLoop } from './crashes.ts';
import { isStartAskedFor } from './drift.ts';
import { containerStep } from './propose-container.ts';
import { propose } from './propose.ts';
import { withoutLock, type LockAwareProposal } from './require-locks.ts';
import { contestedBy, resources, SUPERVISOR_NETWORK_RESOURCE } from './resources.ts';
import { whyContested, type PlanningContext } from './planning-context.ts';
import { longest, whyDependenciesMissing, whyOwnerDown, whyPartsMissing } from './start-conditions.ts';

/** Starting a container interrupts no service, so it needs no locks (spec: planner I6). */
export function planStart(
	current: ContainerView,
	spec: ServiceSpec,
	planning: PlanningContext,
): readonly LockAwareProposal[] {
	const { host } = planning.facts;
	const because =
		whyPartsMissing(spec, planning) ?? whyOwnerDown(spec, planning) ?? whyDependenciesMissing(spec, planning);
	if (host.reboot === 'required' && because?.kind === 'dependency') {
		return []; // the reboot may bring what the service waits for, and must not wait for the service (spec: planner 7.2)
	}
	if (startsWithBoot(current, spec, planning)) {
		const { serviceName } = spec.identity;
		const cause = containerCause(current.containerId, serviceName);
		return host.reboot === 'required' && isDue(cause, host.reboots)
			? []
			: [
					withoutLock(
						propose(
							{ kind: 'markReboot', changes: { serviceName }, cause },
							{ reason: 'service starts with a reboot only', writes: ['host/reboot'], because },
						),
					),
				];
	}
	const afterCrash = describeCrash(current);
	const crash = afterCrash === undefined || afterCrash.wasWell ? undefined : whyCrashLoop(current, planning);
	return [
		withoutLock(
			propose(
				{ ...containerStep('startContainer', current), ...(afterCrash === undefined ? {} : { afterCrash }) },
				{
					reason: current.runState === 'created' ? 'container not started yet' : 'container stopped',
					writes: [resources.service(current.appId, current.serviceName), ...contestedBy(spec.config)],
					reads: [
						SUPERVISOR_NETWORK_RESOURCE,
						...spec.networks.map((network) => resources.network(current.appId, network)),
					],
					// These end with time, so they come after all other reasons.
					because:
						because ?? longest(whyContested(current.serviceName, planning), crash, whyUnsteady(current, planning)),
				},
			),
		),
	];
}

/** A container that ended while the engine shuts down must not be started until the engine is steady (decision D1). */
function whyUnsteady(current: ContainerView, { facts, requests }: PlanningContext) {
	const hasEnded = current.runState === 'exited' && !isStartAskedFor(current, requests);
	return hasEnded && facts.unsteadyUntil !== undefined
		? ({ kind: 'engine', until: facts.unsteadyUntil } as const)
		: undefined;
}

/**
 * It was created since the last boot, and only the next boot starts it. If the clock was set meanwhile, its time of
 * creation says nothing: the mark that names it does, and the reboot that was made for it.
 */
export function startsWithBoot(current: ContainerView, spec: ServiceSpec, { facts }: PlanningContext): boolean {
	const { reboots, bootedAt } = facts.host;
	const cause = containerCause(current.containerId, current.serviceName);
	if (!spec.requiresReboot || isDue(cause, reboots)) {
		return spec.requiresReboot;
	}
	return findRecord(cause, reboots) === undefined && compareTimes(current.createdAt, bootedAt) > 0;
}
