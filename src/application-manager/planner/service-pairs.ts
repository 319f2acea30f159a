import {
	isUp,
	type ContainerView,
	type FieldDifference,
	type ServiceSpec,
	type UpdateStrategy,
} from '../../domain/service.ts';
import { compareService, namespaceOwnersOf } from '../compose/index.ts';
import { chooseContainers, groupByService, type Choice } from './choose-container.ts';
import { whyRemake } from './failed-starts.ts';
import type { ServicesInput } from './services-input.ts';

/** A service by name: its containers and its target. */
export interface ServicePair extends Choice {
	readonly name: string;
	readonly target: ServiceSpec | undefined;
	/** How it is updated: by its target, or else by the label of its container. */
	readonly strategy: UpdateStrategy;
	/** Set when the current container has to be removed. */
	readonly removal: Removal | undefined;
}

export interface Removal {
	readonly reason: string;
	readonly differences?: readonly FieldDifference[];
	/**
	 * `update`: it differs from the target. `restart`: a user requested a new one. `parts`: an object that it uses is
	 * removed too, so the successor cannot exist beside it.
	 */
	readonly cause: 'update' | 'restart' | 'parts';
}

interface ServicePairs {
	readonly pairs: ReadonlyMap<string, ServicePair>;
	/** By service: the container whose namespace others share, the coming one where there is one. */
	readonly owners: ReadonlyMap<string, string>;
}

/** Owners of namespaces come before those who share them: the container of the owner decides whether the others are equal. */
export function pairServices(input: ServicesInput): ServicePairs {
	const pairs = new Map<string, ServicePair>();
	const owners = new Map<string, string>();
	const targets = new Map(input.target.services.map((spec) => [spec.identity.serviceName, spec]));
	const groups = groupByService(input.containers);
	const visited = new Set<string>();
	const visit = (name: string) => {
		const target = targets.get(name);
		if (visited.has(name)) {
			return;
		}
		visited.add(name);
		(target === undefined ? [] : namespaceOwnersOf(target.config)).forEach(visit);
		const pair = pairService({ name, target, containers: groups.get(name) ?? [], input, owners });
		const owner = pair.successor ?? pair.current;
		if (owner !== undefined) {
			owners.set(name, owner.containerId);
		}
		if (target !== undefined || !isLeftAsItIs(pair, input)) {
			pairs.set(name, pair);
		}
	};
	const names = [...[...groups.keys()].filter((name) => !targets.has(name)).sort(), ...targets.keys()];
	names.forEach(visit);
	const ordered = names.flatMap((name) => pairs.get(name) ?? []);
	return { pairs: new Map(ordered.map((pair) => [pair.name, pair])), owners };
}

/** Version 19 ran it for this very release, and compose would not start it (decision D6). */
function isLeftAsItIs({ name, current }: ServicePair, { target }: ServicesInput): boolean {
	return target.leftOut.includes(name) && current?.commit === target.commit;
}

interface ServiceOf {
	readonly name: string;
	readonly target: ServiceSpec | undefined;
	readonly containers: readonly ContainerView[];
	readonly input: ServicesInput;
	readonly owners: ReadonlyMap<string, string>;
}

function pairService({ name, target, containers, input, owners }: ServiceOf): ServicePair {
	if (target === undefined) {
		const choice = chooseContainers(containers, () => false);
		const removal: Removal = { reason: 'service not in the target', cause: 'update' };
		return { name, ...choice, target, strategy: strategyOf(choice.current), removal };
	}
	const whyGo = (container: ContainerView) => whyReplace({ container, target, input, owners });
	const choice = chooseContainers(containers, (container) => whyGo(container) === undefined);
	const removal = choice.current && whyGo(choice.current);
	const pair = { name, ...choice, target, strategy: target.strategy, removal };
	// The target equals the current one again, so no successor is needed.
	return removal === undefined && pair.successor !== undefined
		? { ...pair, successor: undefined, others: [...pair.others, pair.successor] }
		: pair;
}

const STRATEGIES: readonly string[] = [
	'kill-then-download',
	'delete-then-download',
	'hand-over',
] satisfies readonly UpdateStrategy[];

/** By its own label (spec: planner 8). */
export function strategyOf(container: ContainerView | undefined): UpdateStrategy {
	const label = container?.config.labels['io.balena.update.strategy'] ?? '';
	// One of the list above, each of which is a strategy.
	return STRATEGIES.includes(label) ? (label as UpdateStrategy) : 'download-then-kill';
}

/** Whether the old container is removed before the new image is fetched (spec: planner I5). */
export function killsFirst(strategy: UpdateStrategy): boolean {
	return strategy === 'kill-then-download' || strategy === 'delete-then-download';
}

/** Why a container does not equal the target, or must not stay. */
export function whyReplace(options: {
	readonly container: ContainerView;
	readonly target: ServiceSpec;
	readonly input: ServicesInput;
	readonly owners: ReadonlyMap<string, string>;
}): Removal | undefined {
	const { container, target, input } = options;
	if (container.runState === 'dead') {
		return { reason: 'container is dead', cause: 'parts' };
	}
	const network = container.networks.find((name) => input.changingNetworks.has(name));
	if (network !== undefined) {
		// A network that the release does not use does not matter.
		return { reason: `network ${network} changes`, cause: input.pendingNetworks.has(network) ? 'parts' : 'update' };
	}
	const volume = container.volumes.find((name) => input.changingVolumes.has(name));
	if (volume !== undefined) {
		return { reason: `volume ${volume} goes`, cause: 'parts' };
	}
	const asked = input.requests.containers.get(container.containerId);
	if (asked !== undefined) {
		return { reason: `${asked} requested`, cause: asked === 'purge' ? 'parts' : 'restart' };
	}
	const failed = isUp(container)
		? undefined
		: whyRemake(input.facts.failedStarts.get(container.containerId), container);
	if (failed !== undefined) {
		return { reason: failed, cause: 'update' };
	}
	const all = compareService(container, target, options.owners);
	// Until the image is here its defaults are unknown, and look like differences.
	const differences = target.engineImageId === undefined ? all.filter(({ field }) => field === 'image') : all;
	return differences.length === 0
		? undefined
		: { reason: `differs: ${differences.map((d) => d.field).join(', ')}`, differences, cause: 'update' };
}
