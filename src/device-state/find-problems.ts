import type { CurrentState } from '../domain/current.ts';
import type { Issue } from '../domain/issue.ts';
import type { ProblemKind } from '../domain/reason.ts';
import type { TargetState } from '../domain/target.ts';
import { compareVolume } from '../application-manager/index.ts';

/** A problem that only a user can solve. */
export interface Problem extends Issue {
	/** Whether the user has still to be notified: the issues of a release were reported when it was composed. */
	readonly isNew: boolean;
	readonly kind: ProblemKind;
	readonly appId?: number | undefined;
	/** The app, as its user calls it. */
	readonly name?: string;
}

/** Problems that no step solves: objects that cannot be read, apps that are refused, volumes that differ. */
export function findProblems(current: CurrentState, target: TargetState | undefined): readonly Problem[] {
	const problems: Problem[] = current.unreadable.map(({ issue, appId }) => ({
		...issue,
		isNew: true,
		kind: 'unreadable',
		appId,
	}));
	for (const app of target?.apps ?? []) {
		if (app.state === 'rejected') {
			const about = { isNew: false, kind: 'rejected', appId: app.appId, name: app.app.appName } as const;
			problems.push(...app.issues.map((issue) => ({ ...issue, ...about })));
			continue;
		}
		const there = new Map(current.apps.find(({ appId }) => appId === app.appId)?.volumes.map((v) => [v.engineName, v]));
		for (const volume of app.spec.volumes) {
			const view = there.get(volume.engineName);
			const fields = view === undefined ? [] : compareVolume(view, volume).map((d) => d.field);
			if (fields.length > 0) {
				problems.push({
					path: `apps.${app.spec.appUuid}.volumes.${volume.volumeName}`,
					// Removing it would destroy its data (decision D9).
					message: `the volume that exists is kept, although it differs (${fields.join(', ')}); purge the app or give the volume another name`,
					isNew: true,
					kind: 'volume-differs',
					appId: app.appId,
					name: app.spec.appName,
				});
			}
		}
	}
	return problems;
}
