import type { ContainerView, FieldDifference, ServiceSpec, UpdateStrategy } from '../../domain/service.ts';
import { compareService } from '../compose/index.ts';
import type { ServicesInput } from './services-input.ts';

/** A service by name: the newest container and what the target asks for. */
export interface ServicePair {
	readonly name: string;
	readonly current: ContainerView | undefined;
	readonly target: ServiceSpec | undefined;
	/** How it is updated: as the target says, or else as the container was made to be. */
	readonly strategy: UpdateStrategy;
	/** Set when the container has to go. */
	readonly removal: Removal | undefined;
}

export interface Removal {
	readonly reason: string;
	readonly differences?: readonly FieldDifference[];
	/** Something that the container uses changes as well, so no other may stand beside it. */
	readonly isSpecial: boolean;
}

/** Two containers of one service: the newest counts (spec: planner I15). */
export function newestByService(containers: readonly ContainerView[]): {
	newest: Map<string, ContainerView>;
	older: ContainerView[];
} {
	const newest = new Map<string, ContainerView>();
	const older: ContainerView[] = [];
	for (const container of containers) {
		const other = newest.get(container.serviceName);
		if (other === undefined) {
			newest.set(container.serviceName, container);
			continue;
		}
		const [keep, drop] = isNewer(container, other) ? [container, other] : [other, container];
		newest.set(container.serviceName, keep);
		older.push(drop);
	}
	return { newest, older };
}

/** A container on its way out never wins; else the date decides, and the id where dates are equal. */
function isNewer(a: ContainerView, b: ContainerView): boolean {
	const leaving = (c: ContainerView) => c.runState === 'removing' || c.runState === 'dead';
	if (leaving(a) !== leaving(b)) {
		return leaving(b);
	}
	return a.createdAt === b.createdAt ? a.containerId > b.containerId : a.createdAt > b.createdAt;
}

export function pairServices(
	input: ServicesInput,
	newest: ReadonlyMap<string, ContainerView>,
	containerIds: ReadonlyMap<string, string>,
): ReadonlyMap<string, ServicePair> {
	const pairs = new Map<string, ServicePair>();
	const targets = new Map(input.target.services.map((spec) => [spec.identity.serviceName, spec]));
	for (const name of [...newest.keys()].filter((serviceName) => !targets.has(serviceName)).sort()) {
		const current = newest.get(name);
		if (input.target.leftOut.includes(name) && current?.commit === input.target.commit) {
			continue;
		}
		pairs.set(name, {
			name,
			current,
			target: undefined,
			strategy: strategyOf(current),
			removal: { reason: 'service not in the target', isSpecial: false },
		});
	}
	for (const [name, target] of targets) {
		const current = newest.get(name);
		const removal = current === undefined ? undefined : whyReplace({ current, target, input, containerIds });
		pairs.set(name, { name, current, target, strategy: target.strategy, removal });
	}
	return pairs;
}

const STRATEGIES: readonly string[] = [
	'kill-then-download',
	'delete-then-download',
	'hand-over',
] satisfies readonly UpdateStrategy[];

/** As its own label says (spec: planner 8). */
export function strategyOf(container: ContainerView | undefined): UpdateStrategy {
	const label = container?.config.labels['io.balena.update.strategy'] ?? '';
	// One of the list above, each of which is a strategy.
	return STRATEGIES.includes(label) ? (label as UpdateStrategy) : 'download-then-kill';
}

/** Whether the old container goes before the new image is fetched (spec: planner I5). */
export function killsFirst(strategy: UpdateStrategy): boolean {
	return strategy === 'kill-then-download' || strategy === 'delete-then-download';
}

function whyReplace(options: {
	readonly current: ContainerView;
	readonly target: ServiceSpec;
	readonly input: ServicesInput;
	readonly containerIds: ReadonlyMap<string, string>;
}): Removal | undefined {
	const { current, target, input } = options;
	if (current.runState === 'dead') {
		return { reason: 'container is dead', isSpecial: true };
	}
	const network = current.networks.find((name) => input.changingNetworks.has(name));
	if (network !== undefined) {
		return { reason: `network ${network} changes`, isSpecial: true };
	}
	const volume = current.volumes.find((name) => input.changingVolumes.has(name));
	if (volume !== undefined) {
		return { reason: `volume ${volume} goes`, isSpecial: true };
	}
	const asked = input.requests.containers.get(current.containerId);
	if (asked !== undefined) {
		return { reason: asked, isSpecial: true };
	}
	const all = compareService(current, target, options.containerIds);
	// Until the image is here its own defaults are not known, and look like differences.
	const differences = target.engineImageId === undefined ? all.filter(({ field }) => field === 'image') : all;
	return differences.length === 0
		? undefined
		: { reason: `differs: ${differences.map((d) => d.field).join(', ')}`, differences, isSpecial: false };
}
