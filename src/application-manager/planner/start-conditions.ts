import type { Instant, WaitReason } from '../../domain/plan.ts';
import {
	containerNameOf,
	isLeaving,
	isUp,
	temporaryNameOf,
	type ContainerView,
	type ServiceSpec,
} from '../../domain/service.ts';
import { namespaceOwnersOf } from '../compose/index.ts';
import { decideRun } from './drift.ts';
import { whyLeaving, type PlanningContext } from './planning-context.ts';

/** Conditions that have to hold before a container can be created (spec: planner 7.3). */
export function whyNotCreate(spec: ServiceSpec, planning: PlanningContext): WaitReason | undefined {
	return (
		planning.imagesMissing ??
		whyPartsMissing(spec, planning) ??
		whyNoOwner(spec, planning) ??
		whyNameLeaves(containerNameOf(spec.identity), planning)
	);
}

/** Networks and volumes. */
export function whyPartsMissing(spec: ServiceSpec, planning: PlanningContext): WaitReason | undefined {
	const network = spec.networks.find((name) => planning.pendingNetworks.has(name));
	if (network !== undefined) {
		return { kind: 'network', name: network };
	}
	const volume = spec.volumes.find((name) => planning.pendingVolumes.has(name));
	return volume === undefined ? undefined : { kind: 'volume', name: volume };
}

/** The container whose namespace it shares has to exist, and must not be about to be replaced. */
export function whyNoOwner(spec: ServiceSpec, planning: PlanningContext): WaitReason | undefined {
	const missing = namespaceOwnersOf(spec.config).find((service) => {
		const pair = planning.pairs.get(service);
		return pair?.successor === undefined && (pair?.current === undefined || pair.removal !== undefined);
	});
	return missing === undefined ? undefined : { kind: 'dependency', service: missing, condition: 'shared namespace' };
}

/** It shares the namespace of a process, so that process has to run when it starts (decision D20). */
export function whyOwnerDown(spec: ServiceSpec, { pairs }: PlanningContext): WaitReason | undefined {
	const down = namespaceOwnersOf(spec.config).find((service) => {
		const pair = pairs.get(service);
		return pair?.current === undefined || pair.removal !== undefined || !isUp(pair.current);
	});
	return down === undefined ? undefined : { kind: 'dependency', service: down, condition: 'shared namespace' };
}

/** Another container still has the name. */
export function whyNameTaken(name: string, { containers }: PlanningContext): WaitReason | undefined {
	const { serviceName, containerId } = containers.find((container) => container.name === name) ?? {};
	return serviceName === undefined || containerId === undefined
		? undefined
		: { kind: 'container', serviceName, containerId };
}

/** The name is about to be free: a temporary one would have to be changed again. */
function whyNameLeaves(name: string, { containers, facts }: PlanningContext): WaitReason | undefined {
	const holder = containers.find((container) => container.name === name && isLeaving(container));
	return holder && whyLeaving(holder, facts.leaving);
}

/** The name for the container, or a temporary one if that is taken (decision D22). */
export function freeNameFor({ identity }: ServiceSpec, containers: readonly ContainerView[]): string {
	const taken = new Set(containers.map(({ name }) => name));
	const wanted = containerNameOf(identity);
	let name = wanted;
	for (let n = 1; taken.has(name); n++) {
		name = temporaryNameOf(wanted, n);
	}
	return name;
}

/** Services that it depends on and that have not reached their condition (spec: planner I8, decision D2). */
export function whyDependenciesMissing(spec: ServiceSpec, planning: PlanningContext): WaitReason | undefined {
	for (const { service, condition, required } of spec.dependsOn) {
		if (!planning.order.counts(spec.identity.serviceName, service)) {
			continue;
		}
		const pair = planning.pairs.get(service);
		if (pair?.target === undefined) {
			continue; // unknown services do not block (spec: planner 7.3)
		}
		// One that is not required is only waited for while it is about to be started (decision D2).
		const wanted = required ? condition : 'service_started';
		if (!isMet(pair.current, pair.target, wanted, planning) || pair.removal !== undefined) {
			return { kind: 'dependency', service, condition };
		}
	}
	return undefined;
}

/** Conditions of other services beyond a start. */
export function whyNotWell(spec: ServiceSpec, planning: PlanningContext): WaitReason | undefined {
	const demanding = spec.dependsOn.filter(({ condition, required }) => required && condition !== 'service_started');
	return whyDependenciesMissing({ ...spec, dependsOn: demanding }, planning);
}

function isMet(
	container: ContainerView | undefined,
	target: ServiceSpec,
	condition: string,
	planning: PlanningContext,
): boolean {
	if (container === undefined || container.runState === 'created' || container.runState === 'dead') {
		return container?.runState === 'created' && decideRun(container, target, planning) === 'nothing';
	}
	switch (condition) {
		case 'service_healthy':
			// Without a health check a container never becomes healthy: running is enough.
			return container.health === 'healthy' || (container.health === undefined && container.runState === 'running');
		case 'service_completed_successfully':
			return planning.facts.completed.has(container.containerId);
		default:
			// Whether it was started: a container that ended counts, one that is about to be started again does not.
			return container.runState !== 'exited' || decideRun(container, target, planning) === 'nothing';
	}
}

/** Of reasons that end with time, the one that lasts longest. */
export function longest(...reasons: readonly (WaitReason | undefined)[]): WaitReason | undefined {
	return reasons.reduce((longer, reason) => (endOf(reason) > endOf(longer) ? reason : longer), undefined);
}

function endOf(reason: WaitReason | undefined): Instant {
	return reason === undefined ? -1 : 'until' in reason ? (reason.until ?? Infinity) : Infinity;
}
