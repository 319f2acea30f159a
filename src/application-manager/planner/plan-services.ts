import type { Proposal, WaitReason } from '../../domain/plan.ts';
import { containerNameOf, type ContainerView, type FieldDifference, type ServiceSpec } from '../../domain/service.ts';
import type { AppSpec } from '../../domain/target.ts';
import { compareService, orderDependencies, type DependencyOrder } from '../compose/index.ts';
import type { DeviceFacts } from './app-facts.ts';
import { decideRun } from './drift.ts';
import { adoptLegacy } from './adopt-legacy.ts';
import { containerStep, proposeContainerRemoval } from './propose-container.ts';
import { propose } from './propose.ts';
import { contestedBy, resources, SUPERVISOR_NETWORK_RESOURCE } from './resources.ts';

export interface ServicesInput {
	readonly appId: number;
	readonly target: AppSpec;
	readonly containers: readonly ContainerView[];
	readonly changingNetworks: ReadonlySet<string>;
	readonly pendingNetworks: ReadonlySet<string>;
	readonly pendingVolumes: ReadonlySet<string>;
	readonly facts: DeviceFacts;
}

/** A service by name: the newest container and what the target asks for. */
interface ServicePair {
	readonly name: string;
	readonly current: ContainerView | undefined;
	readonly target: ServiceSpec | undefined;
	/** Set when the container has to go. */
	readonly removal: { readonly reason: string; readonly differences?: readonly FieldDifference[] } | undefined;
}

/** What all services of the app share while they are planned. */
interface Situation extends ServicesInput {
	readonly pairs: ReadonlyMap<string, ServicePair>;
	/** Set while target images are missing: nothing running is given up and nothing new created (spec: planner I3, I4). */
	readonly imagesMissing: WaitReason | undefined;
	/** A container on its way out: it may still hold a port, an address or a device that another one is to get. */
	readonly leaving: ContainerView | undefined;
	readonly containerIds: ReadonlyMap<string, string>;
	readonly order: DependencyOrder;
}

/** Containers of one app: removals, renames, creations, starts and stops (spec: planner 7.2, 7.3, 8, 12). */
export function planServices(given: ServicesInput): readonly Proposal[] {
	const input = { ...given, target: adoptLegacy(given.target, given.containers) };
	const { newest, older } = newestByService(input.containers);
	const containerIds = new Map([...newest].map(([name, container]) => [name, container.containerId]));
	const pairs = pairServices(input, newest, containerIds);
	const missing = input.target.services.filter((s) => s.engineImageId === undefined).map((s) => s.identity.serviceName);
	const imagesMissing: WaitReason | undefined = missing.length === 0 ? undefined : { kind: 'image', services: missing };
	const situation: Situation = {
		...input,
		pairs,
		containerIds,
		imagesMissing,
		leaving: findLeaving(pairs, older, imagesMissing),
		order: orderDependencies(input.target.services),
	};
	return [
		...older
			.filter((container) => container.runState !== 'removing')
			.map((container) =>
				proposeContainerRemoval(container, {
					reason: 'an older container of the same service',
					because: container.runState === 'dead' ? undefined : imagesMissing,
				}),
			),
		...[...pairs.values()].flatMap((pair) => planService(pair, situation)),
	];
}

/** What only waits for images does not leave yet. */
function findLeaving(
	pairs: ReadonlyMap<string, ServicePair>,
	older: readonly ContainerView[],
	imagesMissing: WaitReason | undefined,
): ContainerView | undefined {
	const goes = (container: ContainerView, hasToGo: boolean) =>
		container.runState === 'removing' || (hasToGo && (imagesMissing === undefined || container.runState === 'dead'));
	for (const { current, removal } of pairs.values()) {
		if (current !== undefined && goes(current, removal !== undefined)) {
			return current;
		}
	}
	return older.find((container) => goes(container, true));
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

function pairServices(
	input: ServicesInput,
	newest: ReadonlyMap<string, ContainerView>,
	containerIds: ReadonlyMap<string, string>,
): ReadonlyMap<string, ServicePair> {
	const pairs = new Map<string, ServicePair>();
	const targets = new Map(input.target.services.map((spec) => [spec.identity.serviceName, spec]));
	for (const name of [...newest.keys()].filter((serviceName) => !targets.has(serviceName)).sort()) {
		const current = newest.get(name);
		pairs.set(name, { name, current, target: undefined, removal: { reason: 'service not in the target' } });
	}
	for (const [name, target] of targets) {
		const current = newest.get(name);
		const removal = current === undefined ? undefined : whyReplace({ current, target, input, containerIds });
		pairs.set(name, { name, current, target, removal });
	}
	return pairs;
}

function whyReplace(options: {
	readonly current: ContainerView;
	readonly target: ServiceSpec;
	readonly input: ServicesInput;
	readonly containerIds: ReadonlyMap<string, string>;
}): ServicePair['removal'] {
	const { current, target, input } = options;
	if (current.runState === 'dead') {
		return { reason: 'container is dead' };
	}
	const network = current.networks.find((name) => input.changingNetworks.has(name));
	if (network !== undefined) {
		return { reason: `network ${network} changes` };
	}
	const all = compareService(current, target, options.containerIds);
	// Until the image is here its own defaults are not known, and look like differences.
	const differences = target.engineImageId === undefined ? all.filter(({ field }) => field === 'image') : all;
	return differences.length === 0
		? undefined
		: { reason: `differs: ${differences.map((d) => d.field).join(', ')}`, differences };
}

function planService(pair: ServicePair, situation: Situation): readonly Proposal[] {
	const { current, target, removal } = pair;
	if (current === undefined) {
		return target === undefined ? [] : [proposeCreate(target, situation)];
	}
	if (current.runState === 'removing') {
		const because: WaitReason = { kind: 'container', serviceName: pair.name, containerId: current.containerId };
		return target === undefined ? [] : [proposeCreate(target, situation, because)];
	}
	if (removal !== undefined) {
		return [proposeReplacement(current, pair, situation)];
	}
	if (target === undefined) {
		return [];
	}
	const name = containerNameOf(target.identity);
	if (current.name !== name) {
		return [proposeRename(current, name, situation)];
	}
	switch (decideRun(current, target)) {
		case 'start':
			return [proposeStart(current, target, situation)];
		case 'stop':
			return [
				propose(containerStep('stopContainer', current), {
					reason: 'target says not running',
					writes: [resources.service(situation.appId, pair.name)],
					because: situation.imagesMissing,
				}),
			];
		case 'nothing':
			return [];
	}
}

function proposeReplacement(current: ContainerView, pair: ServicePair, situation: Situation): Proposal {
	const { reason, differences } = pair.removal ?? { reason: '' };
	return proposeContainerRemoval(current, {
		reason,
		// A dead container serves nobody: nothing is lost by removing it at once (spec: planner I6).
		because: current.runState === 'dead' ? undefined : situation.imagesMissing,
		...(differences === undefined
			? {}
			: { differences, identity: `replace ${JSON.stringify(differences)} ${pair.target?.identity.commit ?? ''}` }),
	});
}

function proposeRename(current: ContainerView, name: string, situation: Situation): Proposal {
	return propose(
		{ ...containerStep('renameContainer', current), name },
		{
			reason: `same configuration, other release: ${current.name}`,
			writes: [resources.service(current.appId, current.serviceName)],
			because: situation.imagesMissing,
		},
	);
}

function proposeCreate(spec: ServiceSpec, situation: Situation, because?: WaitReason): Proposal {
	const { appId, serviceName } = spec.identity;
	return propose(
		{ kind: 'createContainer', appId, serviceName, spec },
		{
			reason: 'container missing',
			writes: [resources.service(appId, serviceName)],
			reads: [
				resources.image(spec.reference),
				SUPERVISOR_NETWORK_RESOURCE,
				...spec.networks.map((network) => resources.network(appId, network)),
				...spec.volumes.map((volume) => resources.volume(appId, volume)),
			],
			because: because ?? whyNotCreate(spec, situation),
			// The name tells release and image. A specification is long, and a new one comes with a new target, which
			// forgives everything.
			identity: `${containerNameOf(spec.identity)} ${spec.engineImageId ?? ''}`,
		},
	);
}

function whyNotCreate(spec: ServiceSpec, situation: Situation): WaitReason | undefined {
	if (situation.imagesMissing !== undefined) {
		return situation.imagesMissing;
	}
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
	return whyNameTaken(spec, situation);
}

/** The name of a container that another service or an older turn still holds (spec: architecture, rule 3). */
function whyNameTaken(spec: ServiceSpec, situation: Situation): WaitReason | undefined {
	const name = containerNameOf(spec.identity);
	const holder = situation.containers.find((container) => container.name === name);
	return holder && { kind: 'container', serviceName: holder.serviceName, containerId: holder.containerId };
}

/** Ports, addresses and devices are free only when the last one that leaves is gone (spec: planner P20). */
function whyContested({ leaving }: Situation): WaitReason | undefined {
	return leaving && { kind: 'container', serviceName: leaving.serviceName, containerId: leaving.containerId };
}

function proposeStart(current: ContainerView, spec: ServiceSpec, situation: Situation): Proposal {
	return propose(containerStep('startContainer', current), {
		reason: current.runState === 'created' ? 'container not started yet' : 'container stopped',
		writes: [resources.service(current.appId, current.serviceName), ...contestedBy(spec.config)],
		reads: [SUPERVISOR_NETWORK_RESOURCE, ...spec.networks.map((network) => resources.network(current.appId, network))],
		because: whyContested(situation) ?? whyDependenciesMissing(spec, situation),
	});
}

function whyDependenciesMissing(spec: ServiceSpec, situation: Situation): WaitReason | undefined {
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
		if (!isMet(pair.current, pair.target, wanted) || pair.removal !== undefined) {
			return { kind: 'dependency', service, condition };
		}
	}
	return undefined;
}

function isMet(container: ContainerView | undefined, target: ServiceSpec, condition: string): boolean {
	if (container === undefined || container.runState === 'created' || container.runState === 'dead') {
		return container?.runState === 'created' && !target.running;
	}
	switch (condition) {
		case 'service_healthy':
			// Without a check nothing ever becomes healthy: running has to do.
			return container.health === 'healthy' || (container.health === undefined && container.runState === 'running');
		case 'service_completed_successfully':
			return container.runState === 'exited' && container.exitCode === 0;
		default:
			// Has been started; one that ended counts, one that is about to be started again does not.
			return container.runState !== 'exited' || decideRun(container, target) === 'nothing';
	}
}
