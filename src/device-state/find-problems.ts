import type { CurrentState } from '../domain/current.ts';
import type { Issue } from '../domain/issue.ts';
import type { ProblemKind } from '../domain/finding.ts';
import type { TargetState } from '../domain/target.ts';
import { isOfRelease } from '../domain/supervisor-update.ts';
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
	problems.push(...refusedSupervisor(current, target));
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
	return [...problems, ...hostOsProblems(target, current)];
}

/** User apps go on (spec: host-update 1.2, 1.5). */
function hostOsProblems(target: TargetState | undefined, { host }: CurrentState): readonly Problem[] {
	const hostOs = target?.hostOs;
	const kind = 'host-os';
	switch (hostOs?.state) {
		case 'rejected': {
			const path = `apps.${hostOs.appUuid}.releases.${hostOs.commit}`;
			return [{ path, message: `Host OS release rejected: ${hostOs.reason}`, isNew: true, kind }];
		}
		case 'none':
			return [{ path: `apps.${hostOs.appUuid}`, message: 'the host app has no release', isNew: false, kind }];
		case 'ready': {
			// The user is notified once, until it is over (spec: host-update 2.1).
			const { build, unsupported } = host.os ?? { build: '' };
			const reason = build === undefined ? 'the operating system does not name its build' : unsupported?.reason;
			const message = `The host OS cannot be updated on this device: ${reason ?? ''}`;
			return reason === undefined ? [] : [{ path: `apps.${hostOs.release.appUuid}`, message, isNew: true, kind }];
		}
		case undefined:
			return [];
	}
}

/** The user was notified when it was refused (spec: host 14.3). */
function refusedSupervisor(current: CurrentState, target: TargetState | undefined): readonly Problem[] {
	const wanted = target?.supervisor;
	const attempt = current.supervisor?.attempt;
	if (wanted === undefined || attempt?.state !== 'refused' || !isOfRelease(attempt, wanted)) {
		return [];
	}
	const path = `apps.${wanted.appUuid}.services.${wanted.serviceName}`;
	return [{ path, message: attempt.failure ?? '', isNew: false, kind: 'supervisor' }];
}
