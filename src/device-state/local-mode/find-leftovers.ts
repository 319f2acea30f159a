import type { EngineSnapshot } from '../../ports/snapshot-store.ts';

/** In this order: users before the objects that they use. */
export const LEFTOVER_KINDS = [
	'containers',
	'images',
	'networks',
	'volumes',
] as const satisfies readonly (keyof EngineSnapshot)[];

/** The objects that are not in the snapshot (spec: planner 15). */
export function findLeftovers(now: EngineSnapshot, kept: readonly Partial<EngineSnapshot>[]): EngineSnapshot {
	const beyond = (kind: keyof EngineSnapshot) => {
		const ids = new Set(kept.flatMap((objects) => objects[kind] ?? []));
		return now[kind].filter((id) => !ids.has(id));
	};
	return {
		containers: beyond('containers'),
		images: beyond('images'),
		volumes: beyond('volumes'),
		networks: beyond('networks'),
	};
}
