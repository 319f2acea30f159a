import type { DeviceStatus } from '../../domain/status.ts';

type Apps = Pick<DeviceStatus, 'current' | 'target'>;

/** As its user calls it. */
export function nameOfApp(appId: number, { target }: Apps): string {
	const app = target?.apps.find((candidate) => candidate.appId === appId);
	switch (app?.state) {
		case 'ready':
			return app.spec.appName;
		case 'rejected':
			return app.app.appName;
		default:
			return `app ${appId}`;
	}
}

export function uuidOfApp(appId: number, { current, target }: Apps): string | undefined {
	const app = target?.apps.find((candidate) => candidate.appId === appId);
	const wanted = app?.state === 'ready' ? app.spec.appUuid : app?.app.appUuid;
	return wanted ?? current?.apps.find((candidate) => candidate.appId === appId)?.appUuid;
}

/** Commits are shown as people write them. */
export function shortCommit(commit: string): string {
	return commit.slice(0, 7);
}
