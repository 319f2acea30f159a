import type { CurrentState } from '../../domain/current.ts';
import type { RequestBody, UpdateRequest } from '../../domain/request.ts';

/** A request that no longer names parts that are seen gone. */
interface StruckRequest {
	readonly id: string;
	readonly body: RequestBody;
}

/**
 * Volumes have no ids, and no reliable age: the engine shows the last change of their folder. So a volume is dropped
 * from a request when it is seen gone, before it may be created again, and the new one of that name stays.
 */
export function dropVanished(requests: readonly UpdateRequest[], current: CurrentState): readonly StruckRequest[] {
	const there = new Set(current.volumes);
	return requests.flatMap(({ id, body }): readonly StruckRequest[] => {
		if (body.kind !== 'purgeApp' && body.kind !== 'cleanupVolumes') {
			return [];
		}
		const left = body.volumes.filter((name) => there.has(name));
		return left.length === body.volumes.length ? [] : [{ id, body: { ...body, volumes: left } }];
	});
}
