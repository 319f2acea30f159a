import type { KeptVolume } from '../../domain/engine-objects.ts';
import { hasNeverRun, type ContainerView, type ServiceSpec } from '../../domain/service.ts';
import type { LeftVolumes } from '../../domain/step.ts';
import { anonymousPathsOf } from '../compose/index.ts';
import type { Proposal } from '../../domain/plan.ts';
import { namedForPeople, proposeVolumeRemoval } from './plan-volumes.ts';
import type { PlanningContext } from './planning-context.ts';

/**
 * Anonymous volumes stay with their service (decision D23): its next container takes over those of the current one, or
 * of the last one whose volumes are stored.
 */
export function takenOver(spec: ServiceSpec, planning: PlanningContext): Readonly<Record<string, string>> {
	const { serviceName } = spec.identity;
	const predecessor = planning.pairs.get(serviceName)?.current;
	const kept = new Map(
		planning.keptVolumes.filter((row) => row.serviceName === serviceName).map(({ path, name }) => [path, name]),
	);
	const found: Record<string, string> = {};
	for (const path of anonymousPathsOf(spec.config)) {
		const name = predecessor?.anonymousVolumes[path] ?? kept.get(path);
		if (name !== undefined && !planning.requests.volumes.has(name)) {
			found[path] = name;
		}
	}
	return found;
}

/** Volumes of a container that is removed. Those of a container that never ran hold no data. */
export function leftVolumesOf(
	container: ContainerView,
	{
		containers,
		keptVolumes,
	}: { readonly containers: readonly ContainerView[]; readonly keptVolumes: readonly KeptVolume[] },
): LeftVolumes {
	const { anonymousVolumes } = container;
	if (!hasNeverRun(container)) {
		return { keep: anonymousVolumes, drop: [] };
	}
	const others = containers.filter((other) => other.containerId !== container.containerId);
	const used = new Set([
		...others.flatMap((other) => Object.values(other.anonymousVolumes)),
		...keptVolumes.map(({ name }) => name),
	]);
	return { keep: {}, drop: Object.values(anonymousVolumes).filter((name) => !used.has(name)) };
}

/** When a service has reached a release in which the path is no volume any more, the volume is removed. */
export function planEndedVolumes(planning: PlanningContext): readonly Proposal[] {
	const { appId, pairs, keptVolumes, containers } = planning;
	return keptVolumes.flatMap((row): readonly Proposal[] => {
		const pair = pairs.get(row.serviceName);
		const hasArrived = pair?.current !== undefined && pair.removal === undefined;
		const target = hasArrived && pair.target?.engineImageId !== undefined ? pair.target : undefined;
		// It was to be removed with a container that never ran, and the next one took it over before that.
		const isUsed = Object.values(pair?.current?.anonymousVolumes ?? {}).includes(row.name);
		if (target === undefined || isUsed || anonymousPathsOf(target.config).includes(row.path)) {
			return [];
		}
		return [
			proposeVolumeRemoval(namedForPeople(row), { appId, reason: 'no volume of the service any more', containers }),
		];
	});
}
