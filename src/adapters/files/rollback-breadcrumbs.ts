import { pathExists } from './read-file.ts';

/** The operating system leaves one of these files while it may still roll back to its earlier release. */
const BREADCRUMBS: readonly string[] = ['rollback-health-breadcrumb', 'rollback-altboot-breadcrumb'];

/** Whether an update of the operating system is not finished yet (spec: planner 6.3). */
export async function hasRollbackBreadcrumb(statePath: string): Promise<boolean> {
	for (const name of BREADCRUMBS) {
		if (await pathExists(`${statePath}/${name}`)) {
			return true;
		}
	}
	return false;
}
