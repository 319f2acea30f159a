import type { ImageRecord } from '../../domain/resource.ts';
import type { Proposal } from '../../domain/plan.ts';
import type { ServiceSpec } from '../../domain/service.ts';
import type { AppSpec } from '../../domain/target.ts';
import { serviceKey, type DeviceFacts } from './app-facts.ts';
import { propose } from './propose.ts';
import { resources } from './resources.ts';

/**
 * Fetches what is missing and records what is there or to come: one row for each service of the release (spec: compose
 * 8). The row comes first, so that an image fetched just before a crash is not left behind with nobody knowing why.
 */
export function planAppImages(target: AppSpec, facts: DeviceFacts): readonly Proposal[] {
	return target.services.flatMap((service) => planServiceImage(service, facts));
}

function planServiceImage(service: ServiceSpec, facts: DeviceFacts): readonly Proposal[] {
	const { appId, serviceName } = service.identity;
	const { engineImageId } = service;
	const record = recordOf(service);
	const key = recordKeyOf(record);
	const rows = facts.recordsByService.get(serviceKey(appId, serviceName)) ?? [];
	const row = rows.find((candidate) => recordKeyOf(candidate) === key);
	const isRecorded = row !== undefined && (engineImageId === undefined || row.dockerImageId === engineImageId);
	const recording = isRecorded
		? undefined
		: propose(
				{ kind: 'recordImage', appId, serviceName, record, ...(engineImageId === undefined ? {} : { engineImageId }) },
				{
					reason: 'image not recorded for this release',
					writes: [resources.imageRecord(appId, serviceName)],
					reads: engineImageId === undefined ? [] : [resources.image(service.reference)],
				},
			);
	const pull =
		engineImageId === undefined
			? propose(
					{ kind: 'pullImage', reference: service.reference },
					{
						reason: 'image missing',
						writes: [resources.image(service.reference)],
						interruptible: true,
						because: recording && { kind: 'busy', on: recording.step.id },
					},
				)
			: undefined;
	return [recording, pull].filter((proposal) => proposal !== undefined);
}

export function recordOf({ identity, reference }: ServiceSpec): ImageRecord {
	const { appId, appUuid, serviceId, serviceName, imageId, releaseId, commit } = identity;
	return { name: reference, appId, appUuid, serviceId, serviceName, imageId, releaseId, commit };
}

/** Two rows are the same if all columns but the ids are (spec: compose 8.3). */
export function recordKeyOf(record: ImageRecord): string {
	const { name, appId, appUuid, serviceId, serviceName, imageId, releaseId, commit } = record;
	return [name, appId, appUuid ?? '', serviceId, serviceName, imageId, releaseId, commit ?? ''].join('\n');
}
