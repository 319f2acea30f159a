import type { ImageRecord } from '../../domain/resource.ts';
import type { Proposal } from '../../domain/plan.ts';
import type { ServiceSpec } from '../../domain/service.ts';
import type { AppSpec } from '../../domain/target.ts';
import { serviceKey, type DeviceFacts } from './app-facts.ts';
import { propose } from './propose.ts';
import { resources } from './resources.ts';

/** Fetches what is missing and records what is there: one row for each service of the release (spec: compose 8). */
export function planAppImages(target: AppSpec, facts: DeviceFacts): readonly Proposal[] {
	const proposals: Proposal[] = [];
	for (const service of target.services) {
		const proposal = planServiceImage(service, facts);
		if (proposal !== undefined) {
			proposals.push(proposal);
		}
	}
	return proposals;
}

function planServiceImage(service: ServiceSpec, facts: DeviceFacts): Proposal | undefined {
	const { appId, serviceName } = service.identity;
	if (service.engineImageId === undefined) {
		return propose(
			{ kind: 'pullImage', reference: service.reference },
			{ reason: 'image missing', writes: [resources.image(service.reference)], interruptible: true },
		);
	}
	const record = recordOf(service);
	const known = facts.recordsByService.get(serviceKey(appId, serviceName)) ?? [];
	const key = recordKeyOf(record);
	if (known.some((row) => row.dockerImageId === service.engineImageId && recordKeyOf(row) === key)) {
		return undefined;
	}
	return propose(
		{ kind: 'recordImage', appId, serviceName, record, engineImageId: service.engineImageId },
		{
			reason: 'image not recorded for this release',
			writes: [resources.imageRecord(appId, serviceName)],
			reads: [resources.image(service.reference)],
		},
	);
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
