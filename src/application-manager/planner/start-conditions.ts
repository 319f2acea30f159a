import type { WaitReason } from '../../domain/plan.ts';
import { containerNameOf, type ContainerView, type ServiceSpec } from '../../domain/service.ts';
import { decideRun } from './drift.ts';
import type { Situation } from './situation.ts';

/** What a container still needs before it can be created (spec: planner 7.3). */
export function whyNotCreate(spec: ServiceSpec, situation: Situation): WaitReason | undefined {
	return (
		situation.imagesMissing ??
		whyPartsMissing(spec, situation) ??
		whyNameTaken(containerNameOf(spec.identity), situation)
	);
}

/** Networks, volumes and the container whose network it shares. */
export function whyPartsMissing(spec: ServiceSpec, situation: Situation): WaitReason | undefined {
	const network = spec.networks.find((name) => situation.pendingNetworks.has(name));
	if (network !== undefined) {
		return { kind: 'network', name: network };
	}
	const volume = spec.volumes.find((name) => situation.pendingVolumes.has(name));
	if (volume !== undefined) {
		return { kind: 'volume', name: volume };
	}
	const joined = /^service:\s*(.+)$/.exec(spec.config.networkMode)?.[1]?.trim();
	if (joined !== undefined) {
		const other = situation.pairs.get(joined);
		if (other?.current === undefined || other.removal !== undefined) {
			return { kind: 'dependency', service: joined, condition: 'network_mode' };
		}
	}
	return undefined;
}

/** The name of a container that another service or an older turn still holds. */
export function whyNameTaken(name: string, situation: Situation): WaitReason | undefined {
	const holder = situation.containers.find((container) => container.name === name);
	return holder && { kind: 'container', serviceName: holder.serviceName, containerId: holder.containerId };
}

/** Ports, addresses and devices are free only when the last one that leaves is gone (spec: planner P20). */
export function whyContested({ leaving }: Situation): WaitReason | undefined {
	return leaving && { kind: 'container', serviceName: leaving.serviceName, containerId: leaving.containerId };
}

/** Services that it depends on and that are not as far as they have to be (spec: planner I8, decision D2). */
export function whyDependenciesMissing(spec: ServiceSpec, situation: Situation): WaitReason | undefined {
	for (const { service, condition, required } of spec.dependsOn) {
		if (!situation.order.counts(spec.identity.serviceName, service)) {
			continue;
		}
		const pair = situation.pairs.get(service);
		if (pair?.target === undefined) {
			continue; // unknown services do not hold anybody up (spec: planner 7.3)
		}
		// One that is not required is only waited for while it is still to be started (decision D2).
		const wanted = required ? condition : 'service_started';
		if (!isMet(pair.current, pair.target, wanted, situation) || pair.removal !== undefined) {
			return { kind: 'dependency', service, condition };
		}
	}
	return undefined;
}

function isMet(
	container: ContainerView | undefined,
	target: ServiceSpec,
	condition: string,
	situation: Situation,
): boolean {
	if (container === undefined || container.runState === 'created' || container.runState === 'dead') {
		return container?.runState === 'created' && decideRun(container, target, situation) === 'nothing';
	}
	switch (condition) {
		case 'service_healthy':
			// Without a check nothing ever becomes healthy: running has to do.
			return container.health === 'healthy' || (container.health === undefined && container.runState === 'running');
		case 'service_completed_successfully':
			return container.runState === 'exited' && container.exitCode === 0;
		default:
			// Has been started; one that ended counts, one that is about to be started again does not.
			return container.runState !== 'exited' || decideRun(container, target, situation) === 'nothing';
	}
}
