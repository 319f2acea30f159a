import type { WantedSupervisor } from '../../domain/supervisor-update.ts';
import type { TargetApp } from '../../domain/target.ts';
import { isOwnService } from './service-filter.ts';

/** The supervisor that the target names, if it names one: the service that is never applied (spec: compose 10.3). */
export function findSupervisorRelease(apps: readonly TargetApp[]): WantedSupervisor | undefined {
	for (const { appUuid, isHost, rejected, release } of apps) {
		if (release === undefined || isHost || rejected) {
			continue;
		}
		const own = Object.entries(release.services).find(([serviceName]) => isOwnService(appUuid, serviceName));
		if (own !== undefined) {
			const [serviceName, { image }] = own;
			return { appUuid, serviceName, commit: release.commit, image };
		}
	}
	return undefined;
}
