import type { CurrentApp } from '../../domain/current.ts';
import type { Proposal } from '../../domain/plan.ts';
import type { AppSpec } from '../../domain/target.ts';
import { propose } from './propose.ts';
import { resources } from './resources.ts';

export interface VolumePlan {
	readonly proposals: readonly Proposal[];
	readonly pending: ReadonlySet<string>;
}

/**
 * Creates what is missing. A volume that differs from its target stays, and so does one that the release no longer
 * names: data goes only when asked for (decision D9, spec: planner I9).
 */
export function planVolumes(target: AppSpec, current: CurrentApp | undefined): VolumePlan {
	const there = new Set(current?.volumes.map((volume) => volume.engineName));
	const missing = target.volumes.filter((volume) => !there.has(volume.engineName));
	return {
		pending: new Set(missing.map((volume) => volume.engineName)),
		proposals: missing.map((volume) =>
			propose(
				{ kind: 'createVolume', appId: target.appId, volume },
				{ reason: 'volume missing', writes: [resources.volume(target.appId, volume.engineName)] },
			),
		),
	};
}
