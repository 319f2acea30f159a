import type { EngineImage, StoredImageRecord } from '../../domain/engine-objects.ts';
import { imageKeyOf } from '../../domain/image-reference.ts';
import type { DeviceStatus } from '../../domain/status.ts';
import type { Access } from '../access.ts';

interface Use {
	readonly app: string;
	readonly service: string;
}

/** `GET /v3/device/images`: images on the engine that are ours, as the last pass has seen them (spec: v3-api 2). */
export function viewImages(status: DeviceStatus | undefined, access: Access): readonly object[] {
	const { current, target } = status ?? {};
	const records = (current?.imageRecords ?? []).filter(({ appId }) => access.covers(appId));
	const containers = (current?.apps ?? []).flatMap((app) => app.containers).filter(({ appId }) => access.covers(appId));
	const specs = (target?.apps ?? []).flatMap((app) => (app.state === 'ready' ? app.spec.services : []));
	const wanted = specs.filter(({ identity }) => access.covers(identity.appId));
	return (current?.images ?? [])
		.filter((image) => records.some((row) => isOf(row, image)) || containers.some((c) => c.engineImageId === image.id))
		.map((image) => {
			const used = containers.filter(({ engineImageId }) => engineImageId === image.id);
			const wanting = wanted.filter(({ engineImageId }) => engineImageId === image.id);
			return {
				id: image.id,
				references: referencesOf(image, records),
				size: image.sizeBytes ?? null,
				shared_size: null, // the engine says it only when it is asked to count
				used_by: used.map(({ appUuid, appId, serviceName }): Use => ({
					app: appUuid ?? String(appId),
					service: serviceName,
				})),
				wanted_by: wanting.map(({ identity }): Use => ({ app: identity.appUuid, service: identity.serviceName })),
			};
		});
}

function isOf({ dockerImageId, name }: StoredImageRecord, image: EngineImage): boolean {
	return dockerImageId === image.id || namesOf(image).includes(imageKeyOf(name));
}

/** Names of other apps' images are theirs, although the content is the same. */
function referencesOf(image: EngineImage, records: readonly StoredImageRecord[]): readonly string[] {
	return [...new Set(records.filter((row) => isOf(row, image)).map(({ name }) => name))];
}

function namesOf({ tags, digests }: EngineImage): readonly string[] {
	return [...tags, ...digests].map(imageKeyOf);
}
