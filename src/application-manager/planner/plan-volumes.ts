import type { CurrentApp } from '../../domain/current.ts';
import { NO_PATH, type KeptVolume, type VolumeView } from '../../domain/engine-objects.ts';
import type { Proposal } from '../../domain/plan.ts';
import type { AppSpec } from '../../domain/target.ts';
import type { AppRequests } from './app-requests.ts';
import { propose } from './propose.ts';
import { resources } from './resources.ts';

interface VolumePlan {
	readonly proposals: readonly Proposal[];
	/** Engine names of volumes to remove: their containers have to be removed first. */
	readonly changing: ReadonlySet<string>;
	/** Engine names that a container cannot use yet. */
	readonly pending: ReadonlySet<string>;
}

/**
 * Creates missing volumes, and removes those that a purge names. A volume that differs from its target stays, and so
 * does one that the release no longer names: data is removed only by request (decision D9, spec: planner I9).
 */
export function planVolumes(
	target: AppSpec,
	of: {
		readonly current: CurrentApp | undefined;
		readonly requests: Pick<AppRequests, 'volumes'>;
		readonly keptVolumes: readonly KeptVolume[];
	},
): VolumePlan {
	const { current, requests, keptVolumes } = of;
	const purgedKept = keptVolumes.filter(({ name }) => requests.volumes.has(name)).map(namedForPeople);
	const purged = (current?.volumes ?? []).filter((volume) => requests.volumes.has(volume.engineName));
	const changing = new Set(purged.map((volume) => volume.engineName));
	const there = new Set(current?.volumes.map((volume) => volume.engineName));
	const missing = target.volumes.filter((volume) => !there.has(volume.engineName));
	return {
		changing,
		pending: new Set([...missing.map((volume) => volume.engineName), ...changing]),
		proposals: [
			...[...purged, ...purgedKept].map((volume) =>
				proposeVolumeRemoval(volume, {
					appId: target.appId,
					reason: 'purge requested',
					containers: current?.containers,
				}),
			),
			...missing.map((volume) =>
				propose(
					{ kind: 'createVolume', appId: target.appId, volume },
					{ reason: 'volume missing', writes: [resources.volume(target.appId, volume.engineName)] },
				),
			),
		],
	};
}

/** With its data, once no container of the app uses it. */
export function proposeVolumeRemoval(
	volume: Pick<VolumeView, 'engineName' | 'volumeName'>,
	options: {
		readonly appId: number;
		readonly reason: string;
		readonly containers: CurrentApp['containers'] | undefined;
	},
): Proposal {
	const { appId, reason, containers = [] } = options;
	const user = containers.find(
		({ volumes, anonymousVolumes }) =>
			volumes.includes(volume.engineName) || Object.values(anonymousVolumes).includes(volume.engineName),
	);
	return propose(
		{ kind: 'removeVolume', appId, name: volume.engineName, volumeName: volume.volumeName },
		{
			reason,
			writes: [resources.volume(appId, volume.engineName)],
			because: user && { kind: 'container', serviceName: user.serviceName, containerId: user.containerId },
		},
	);
}

/** The name of an anonymous volume for its user. */
export function namedForPeople({ name, serviceName, path }: KeptVolume): {
	readonly engineName: string;
	readonly volumeName: string;
} {
	return { engineName: name, volumeName: path === NO_PATH ? `${serviceName}, never used` : `${serviceName}:${path}` };
}
