import type { Resource } from '../../domain/footprint.ts';
import type { Instant, WaitReason } from '../../domain/plan.ts';
import { isLeaving, isUp, type ContainerView } from '../../domain/service.ts';
import { orderDependencies, type DependencyOrder } from '../compose/index.ts';
import { adoptLegacy } from './adopt-legacy.ts';
import type { ServicesInput } from './services-input.ts';
import { contestedBy, sharedBy } from './resources.ts';
import { killsFirst, pairServices, strategyOf, type ServicePair } from './service-pairs.ts';

/** Facts that all services of the app share while they are planned. */
export interface PlanningContext extends ServicesInput {
	readonly pairs: ReadonlyMap<string, ServicePair>;
	/** By service: the container whose namespace others share. */
	readonly owners: ReadonlyMap<string, string>;
	/** Set while images of the target are missing: no container is created (spec: planner I3, I4). */
	readonly imagesMissing: WaitReason | undefined;
	/** Resources that only one container at a time can have, and that services of the release need. */
	readonly contested: ReadonlySet<Resource>;
	/** By service of the release: these, and resources that it may share with others. */
	readonly claims: ReadonlyMap<string, ReadonlySet<Resource>>;
	readonly order: DependencyOrder;
}

export function createPlanningContext(given: ServicesInput): PlanningContext {
	const input = { ...given, target: adoptLegacy(given.target, given.containers) };
	const { services } = input.target;
	const missing = services.filter((s) => s.engineImageId === undefined).map((s) => s.identity.serviceName);
	return {
		...input,
		...pairServices(input),
		imagesMissing: missing.length === 0 ? undefined : { kind: 'image', services: missing },
		contested: new Set(services.flatMap(({ config }) => contestedBy(config))),
		claims: new Map(
			services.map(({ identity, config }) => [
				identity.serviceName,
				new Set([...contestedBy(config), ...sharedBy(config)]),
			]),
		),
		order: orderDependencies(services),
	};
}

/** Whether the container moved aside for its successor, which has still to take over (spec: planner 8). */
export function isHandingOver(
	container: ContainerView,
	pair: ServicePair | undefined,
	contested: ReadonlySet<Resource>,
): boolean {
	return (
		container.name.startsWith(OLD) &&
		container.runState !== 'dead' &&
		pair?.target?.strategy === 'hand-over' &&
		pair.removal === undefined &&
		!contestedBy(container.config).some((thing) => contested.has(thing))
	);
}

/** The prefix of the name of a container that hands over to a new one. */
export const OLD = 'old_';

/**
 * A running container that may stay until its successor has taken over (spec: planner 8). Not while the release needs
 * for any of its services a resource of the old one: a port, an address.
 */
export function handsOver(
	{ current, target, removal, strategy }: ServicePair,
	contested: ReadonlySet<Resource>,
): boolean {
	return (
		strategy === 'hand-over' &&
		target?.running === true &&
		removal?.cause === 'update' &&
		(current?.runState === 'running' || current?.runState === 'restarting') &&
		!contestedBy(current.config).some((thing) => contested.has(thing))
	);
}

/** Whether the successor can be created while the current container still exists (decision D22). */
export function standsBeside({ target, removal, strategy }: ServicePair): boolean {
	return target !== undefined && removal !== undefined && removal.cause !== 'parts' && !killsFirst(strategy);
}

/**
 * Another container of the app that has to end before this one is started (spec: planner P20): one that is removed for
 * good, and one with a resource that only one can have or that moves to this service. A container that cannot be
 * removed is not waited for without end, so this reason comes after all others.
 */
export function whyContested(serviceName: string, planning: PlanningContext): WaitReason | undefined {
	const { facts } = planning;
	const inTheWay = planning.containers.find(
		(container) => isUp(container) && isInTheWay(container, serviceName, planning),
	);
	if (inTheWay !== undefined) {
		return waitFor(inTheWay);
	}
	const leaving = planning.containers.filter(isLeaving);
	const last = leaving.reduce<ContainerView | undefined>(
		(latest, container) => (untilOf(container) > untilOf(latest) ? container : latest),
		leaving[0],
	);
	return last && whyLeaving(last, facts.leaving);

	function untilOf(container: ContainerView | undefined): Instant {
		return (container && facts.leaving.get(container.containerId)) ?? 0;
	}
}

/** Waits for a container that is being removed, at most until the removal counts as stuck. */
export function whyLeaving(container: ContainerView, leaving: ReadonlyMap<string, Instant>): WaitReason {
	return { ...waitFor(container), until: leaving.get(container.containerId) };
}

function waitFor({ serviceName, containerId }: ContainerView): Extract<WaitReason, { kind: 'container' }> {
	return { kind: 'container', serviceName, containerId };
}

function isInTheWay(container: ContainerView, serviceName: string, planning: PlanningContext): boolean {
	const { pairs, contested, imagesMissing } = planning;
	const pair = pairs.get(container.serviceName);
	if (
		pair === undefined ||
		container === pair.successor ||
		(container === pair.current && pair.removal === undefined)
	) {
		return false;
	}
	if (container !== pair.current) {
		return (
			!isHandingOver(container, pair, contested) && (imagesMissing === undefined || killsFirst(strategyOf(container)))
		);
	}
	if (handsOver(pair, contested)) {
		return false;
	}
	return standsBeside(pair)
		? container.serviceName === serviceName || movesTo(container, serviceName, planning)
		: imagesMissing === undefined || killsFirst(pair.strategy);
}

/**
 * Whether the container holds an exclusive resource that the service needs, or one that its own service gives up to it.
 */
export function movesTo(container: ContainerView, serviceName: string, { claims }: PlanningContext): boolean {
	const wanted = claims.get(serviceName);
	const stays = claims.get(container.serviceName);
	return (
		wanted !== undefined &&
		(contestedBy(container.config).some((thing) => wanted.has(thing)) ||
			sharedBy(container.config).some((thing) => wanted.has(thing) && stays?.has(thing) !== true))
	);
}
