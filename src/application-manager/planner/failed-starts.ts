import type { FailedStart } from '../../domain/current.ts';
import { hasNeverRun, type ContainerView } from '../../domain/service.ts';

/** Remains belong to one container: they do not block the next one. */
const TRIES_WITH_REMAINS = 2;
const TRIES = 3;

/**
 * A container that the engine cannot start is recreated: soon if remains of an earlier run block it; after a few tries
 * if it never ran, so no data can be lost. Each further container that never ran gets twice the tries.
 */
export function whyRemake(failed: FailedStart | undefined, container: ContainerView): string | undefined {
	if (failed === undefined || (!failed.hasRemains && !hasNeverRun(container))) {
		return undefined;
	}
	const tries = failed.hasRemains ? TRIES_WITH_REMAINS : TRIES * 2 ** failed.predecessors;
	return failed.failures < tries ? undefined : `cannot be started: ${failed.error}`;
}
