import type { Resource } from '../../domain/footprint.ts';
import type { WaitReason } from '../../domain/plan.ts';
import type { ContainerView } from '../../domain/service.ts';
import { orderDependencies, type DependencyOrder } from '../compose/index.ts';
import { adoptLegacy } from './adopt-legacy.ts';
import type { ServicesInput } from './services-input.ts';
import { contestedBy } from './resources.ts';
import { killsFirst, newestByService, pairServices, strategyOf, type ServicePair } from './service-pairs.ts';

/** What all services of the app share while they are planned. */
export interface Situation extends ServicesInput {
	readonly pairs: ReadonlyMap<string, ServicePair>;
	/** Containers beside the newest of their service. */
	readonly older: readonly ContainerView[];
	/** Set while target images are missing: nothing is newly created (spec: planner I3, I4). */
	readonly imagesMissing: WaitReason | undefined;
	/** What only one container at a time can have, and services of the release ask for. */
	readonly contested: ReadonlySet<Resource>;
	/** A container on its way out: it may still hold a port, an address or a device that another one is to get. */
	readonly leaving: ContainerView | undefined;
	readonly containerIds: ReadonlyMap<string, string>;
	readonly order: DependencyOrder;
}

export function describeSituation(given: ServicesInput): Situation {
	const input = { ...given, target: adoptLegacy(given.target, given.containers) };
	const { newest, older } = newestByService(input.containers);
	const containerIds = new Map([...newest].map(([name, container]) => [name, container.containerId]));
	const pairs = pairServices(input, newest, containerIds);
	const missing = input.target.services.filter((s) => s.engineImageId === undefined).map((s) => s.identity.serviceName);
	const imagesMissing: WaitReason | undefined = missing.length === 0 ? undefined : { kind: 'image', services: missing };
	const contested = new Set(input.target.services.flatMap(({ config }) => contestedBy(config)));
	return {
		...input,
		pairs,
		older,
		containerIds,
		imagesMissing,
		contested,
		leaving: findLeaving(pairs, older, { imagesMissing, contested }),
		order: orderDependencies(input.target.services),
	};
}

/** The container that moved aside for another one which is being waited for (spec: planner 8). */
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

/** What the name of a container starts with that hands over to a new one. */
export const OLD = 'old_';

/** What only waits for images does not leave yet, and what hands over takes its time. */
function findLeaving(
	pairs: ReadonlyMap<string, ServicePair>,
	older: readonly ContainerView[],
	{ imagesMissing, contested }: Pick<Situation, 'imagesMissing' | 'contested'>,
): ContainerView | undefined {
	for (const pair of pairs.values()) {
		const { current, removal, strategy } = pair;
		if (current === undefined) {
			continue;
		}
		const goes =
			removal !== undefined && !handsOver(pair, contested) && (imagesMissing === undefined || killsFirst(strategy));
		if (goes || current.runState === 'removing' || current.runState === 'dead') {
			return current;
		}
	}
	return older.find(
		(container) =>
			container.runState === 'removing' ||
			container.runState === 'dead' ||
			(!isHandingOver(container, pairs.get(container.serviceName), contested) &&
				(imagesMissing === undefined || killsFirst(strategyOf(container)))),
	);
}

/**
 * A running container that may stay until its successor has taken over (spec: planner 8). Not while the release needs for
 * any of its services what the old one holds: a port, an address.
 */
export function handsOver(
	{ current, target, removal, strategy }: ServicePair,
	contested: ReadonlySet<Resource>,
): boolean {
	return (
		strategy === 'hand-over' &&
		target?.running === true &&
		removal?.isSpecial === false &&
		(current?.runState === 'running' || current?.runState === 'restarting') &&
		!contestedBy(current.config).some((thing) => contested.has(thing))
	);
}
