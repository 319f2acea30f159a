import { reportApps } from '../../device-state/index.ts';
import type { DeviceStatus } from '../../domain/status.ts';
import type { TargetApp } from '../../domain/target.ts';
import type { Access } from '../access.ts';
import type { ReasonViewer } from './reasons.ts';

/** `GET /v2/applications/state` (spec: device-api 5.4): each app that is stored as target, by name, with its target release. */
export function viewApplications(
	status: DeviceStatus | undefined,
	apps: readonly TargetApp[],
	access: Access,
	reasons: ReasonViewer,
): Readonly<Record<string, unknown>> {
	if (status?.current === undefined) {
		return {};
	}
	const reports = reportApps({
		at: status.at,
		current: status.current,
		composed: status.target,
		running: status.running,
		target: { apps },
	});
	const inScope = apps.filter((app) => access.covers(app.appId));
	return Object.fromEntries(
		inScope.map((app) => {
			const release = app.release && reports[app.appUuid]?.releases[app.release.commit];
			const services = Object.entries(release?.services ?? {}).map(
				([name, { image, status: word, download_progress }]) => [
					name,
					{
						status: word,
						image,
						downloadProgress: download_progress ?? null,
						releaseId: app.release?.releaseId ?? null,
						...reasons.ofService(status, { appId: app.appId, serviceName: name }),
					},
				],
			);
			const view = {
				appId: app.appId,
				appUuid: app.appUuid,
				commit: app.release?.commit ?? null,
				updateStatus: release?.update_status ?? 'done',
				services: Object.fromEntries(services) as Readonly<Record<string, unknown>>,
				...reasons.ofApp(status, app.appId, access),
			};
			return [app.appName, view];
		}),
	);
}
