import { isSameImage } from '../../domain/image-reference.ts';
import type { EngineImage, StoredImageRecord } from '../../domain/engine-objects.ts';
import type { ImageIndex } from './find-image.ts';

export interface DeltaSource {
	/** The name in its row. */
	readonly name: string;
	readonly image: EngineImage;
}

/**
 * The image from which a delta could start: the first row, in the order of the table, of a service that the image is
 * for (same app, same name) and whose own image is here (spec: cloud-api 14.3). An image is recorded before it is
 * fetched, so its rows name its services.
 */
export function findDeltaSource(
	reference: string,
	records: readonly StoredImageRecord[],
	images: ImageIndex,
): DeltaSource | undefined {
	const users = records.filter((row) => isSameImage(row.name, reference));
	for (const row of records) {
		const isOfUser = users.some((user) => user.appId === row.appId && user.serviceName === row.serviceName);
		if (!isOfUser || isSameImage(row.name, reference)) {
			continue;
		}
		const image = images.findRecorded(row);
		if (image !== undefined) {
			return { name: row.name, image };
		}
	}
	return undefined;
}
