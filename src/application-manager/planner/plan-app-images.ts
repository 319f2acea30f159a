import type { ImageRecord, StoredImageRecord } from '../../domain/engine-objects.ts';
import type { Resource } from '../../domain/footprint.ts';
import { ownTagOf, parseImageReference } from '../../domain/image-reference.ts';
import type { Proposal, WaitReason } from '../../domain/plan.ts';
import type { ContainerView, ServiceSpec } from '../../domain/service.ts';
import type { AppSpec } from '../../domain/target.ts';
import { serviceKey, type DeviceFacts } from './app-facts.ts';
import { proposeForgetting } from './forget-images.ts';
import { propose } from './propose.ts';
import { resources } from './resources.ts';
import { killsFirst } from './service-pairs.ts';

/**
 * Fetches missing images and records those that are here or expected: one row for each service of the release (spec:
 * compose 8). The row comes first, so that an image fetched just before a crash is known as ours.
 */
export function planAppImages(
	target: AppSpec,
	containers: readonly ContainerView[],
	facts: DeviceFacts,
): readonly Proposal[] {
	const { images, imageRecords } = facts;
	const isUpdate =
		target.services.some(({ engineImageId }) => engineImageId === undefined) &&
		imageRecords.some((row) => row.appId === target.appId && images.findRecorded(row) !== undefined);
	return target.services.flatMap((service) => planServiceImage({ service, isUpdate }, containers, facts));
}

function planServiceImage(
	{ service, isUpdate }: { readonly service: ServiceSpec; readonly isUpdate: boolean },
	containers: readonly ContainerView[],
	facts: DeviceFacts,
): readonly Proposal[] {
	const { appId, serviceName } = service.identity;
	const { engineImageId } = service;
	const record = recordOf(service);
	const key = recordKeyOf(record);
	const rows = facts.recordsByService.get(serviceKey(appId, serviceName)) ?? [];
	const row = rows.find((candidate) => recordKeyOf(candidate) === key);
	const isRecorded = row !== undefined && (engineImageId === undefined || row.dockerImageId === engineImageId);
	const recording = isRecorded
		? []
		: [
				propose(
					{
						kind: 'recordImage',
						appId,
						serviceName,
						record,
						...(engineImageId === undefined ? {} : { engineImageId }),
					},
					{
						reason: 'image not recorded for this release',
						writes: [
							resources.imageRecord(appId, serviceName),
							...(engineImageId === undefined ? [] : ownTags(service.reference)),
						],
						reads: engineImageId === undefined ? [] : [resources.image(service.reference)],
					},
				),
			];
	if (engineImageId !== undefined) {
		return recording;
	}
	const old = killsFirst(service.strategy) ? containers.find((c) => c.serviceName === serviceName) : undefined;
	const inTheWay: WaitReason | undefined = old && { kind: 'container', serviceName, containerId: old.containerId };
	const forgetting = service.strategy === 'delete-then-download' ? forgetOld(service, row, inTheWay, facts) : [];
	const [first] = [...recording, ...forgetting];
	const pull = propose(
		{ kind: 'pullImage', reference: service.reference },
		{
			reason: 'image missing',
			writes: [resources.image(service.reference)],
			interruptible: true,
			isUpdate,
			because: inTheWay ?? (first && { kind: 'busy', on: first.step.id }),
		},
	);
	return [...recording, ...forgetting, pull];
}

/** What the image is tagged with: another image may lose this very tag. */
function ownTags(reference: string): readonly Resource[] {
	const parsed = parseImageReference(reference);
	if (!parsed.ok) return [];
	const { repository, tag } = ownTagOf(parsed.value);
	return [resources.imageTag(`${repository}:${tag}`)];
}

/** The old image is removed first, because the disk may have no space for both (spec: planner 8). */
function forgetOld(
	{ identity }: ServiceSpec,
	kept: StoredImageRecord | undefined,
	because: WaitReason | undefined,
	facts: DeviceFacts,
): readonly Proposal[] {
	if (facts.keepImages) {
		return [];
	}
	const rows = facts.recordsByService.get(serviceKey(identity.appId, identity.serviceName)) ?? [];
	const old = rows.filter((row) => row.id !== kept?.id);
	const others = facts.imageRecords.filter((row) => !old.includes(row));
	return proposeForgetting(old, others, facts.images).map((proposal): Proposal =>
		because === undefined ? proposal : { step: proposal.step, because },
	);
}

export function recordOf({ identity, reference }: ServiceSpec): ImageRecord {
	const { appId, appUuid, serviceId, serviceName, imageId, releaseId, commit } = identity;
	return { name: reference, appId, appUuid, serviceId, serviceName, imageId, releaseId, commit };
}

/** Two rows are the same if all columns except the ids are (spec: compose 8.3). */
export function recordKeyOf(record: ImageRecord): string {
	const { name, appId, appUuid, serviceId, serviceName, imageId, releaseId, commit } = record;
	return [name, appId, appUuid ?? '', serviceId, serviceName, imageId, releaseId, commit ?? ''].join('\n');
}
