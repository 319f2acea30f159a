import type { FailedStart } from '../../domain/current.ts';
import { hasNeverRun, type ContainerView } from '../../domain/service.ts';

/** Remains belong to one container: the next one does not meet them. */
const TRIES_WITH_REMAINS = 2;
const TRIES = 3;

/**
 * A container that the engine cannot start is made anew: soon where remains of an earlier life are in its way; after a few
 * tries where it never ran, so that nothing in it can be lost, and each one that fares no better gets twice the tries.
 */
export function whyRemake(failed: FailedStart | undefined, container: ContainerView): string | undefined {
	if (failed === undefined || (!failed.hasRemains && !hasNeverRun(container))) {
		return undefined;
	}
	const tries = failed.hasRemains ? TRIES_WITH_REMAINS : TRIES * 2 ** failed.predecessors;
	return failed.failures < tries ? undefined : `cannot be started: ${failed.error}`;
}
