import type { CurrentState } from '../../domain/current.ts';
import type { Proposal } from '../../domain/plan.ts';
import type { EngineImage, StoredImageRecord } from '../../domain/resource.ts';
import type { TargetState } from '../../domain/target.ts';
import { isSameImage, parseImageReference, repositoryOf } from '../../domain/image-reference.ts';
import { recordKeyOf, recordOf } from './plan-app-images.ts';
import { propose } from './propose.ts';
import { resources } from './resources.ts';

export interface UnusedImagesInput {
	readonly current: CurrentState;
	readonly target: TargetState;
	/** Apps with something left to do: their old images stay until they are on target (spec: planner P4). */
	readonly unsettledApps: ReadonlySet<number>;
}

/** Rows that no container and no target needs any more, and images that belong to nobody (spec: planner 6.2, compose 8.9, 8.10). */
export function planUnusedImages(input: UnusedImagesInput): readonly Proposal[] {
	const { current } = input;
	const wanted = wantedRecords(input);
	const kept: StoredImageRecord[] = [];
	const unused: StoredImageRecord[] = [];
	for (const row of current.imageRecords) {
		const needed = input.unsettledApps.has(row.appId) || wanted.has(recordKeyOf(row));
		(needed ? kept : unused).push(row);
	}
	const imagesInUse = new Set(current.apps.flatMap((app) => app.containers.map((c) => c.engineImageId)));
	return [
		...unused.map((row, n) => proposeForget(row, [...kept, ...unused.slice(n + 1)], current, imagesInUse)),
		...planDangling(current, imagesInUse),
	];
}

/** Keys of the rows of all services of the target, and of the containers that are there now. */
function wantedRecords({ current, target }: UnusedImagesInput): ReadonlySet<string> {
	const wanted = new Set<string>();
	const rejected = new Set<number>();
	for (const app of target.apps) {
		if (app.state === 'ready') {
			app.spec.services.forEach((service) => wanted.add(recordKeyOf(recordOf(service))));
		} else {
			rejected.add(app.appId);
		}
	}
	const rowsByImage = new Map<string, StoredImageRecord[]>();
	for (const row of current.imageRecords) {
		if (rejected.has(row.appId)) {
			wanted.add(recordKeyOf(row));
		}
		if (row.dockerImageId !== undefined) {
			rowsByImage.set(row.dockerImageId, [...(rowsByImage.get(row.dockerImageId) ?? []), row]);
		}
	}
	for (const container of current.apps.flatMap((app) => app.containers)) {
		const rows = rowsByImage.get(container.engineImageId) ?? [];
		const exact = rows.filter((row) => row.commit === container.commit && row.serviceName === container.serviceName);
		(exact.length > 0 ? exact : rows).forEach((row) => wanted.add(recordKeyOf(row)));
	}
	return wanted;
}

/** Only the last row of an image takes the image with it (spec: compose C15). */
function proposeForget(
	row: StoredImageRecord,
	others: readonly StoredImageRecord[],
	current: CurrentState,
	imagesInUse: ReadonlySet<string>,
): Proposal {
	const image = current.images.find((candidate) => candidate.id === row.dockerImageId);
	const shared =
		image === undefined ||
		imagesInUse.has(image.id) ||
		others.some((other) => other.dockerImageId === image.id || isSameImage(other.name, row.name));
	return propose(
		{
			kind: 'forgetImage',
			recordId: row.id,
			name: row.name,
			references: shared ? [] : referencesOf(image, row.name),
		},
		{
			reason: 'image no longer used',
			writes: [resources.image(row.name), resources.imageRecord(row.appId, row.serviceName)],
		},
	);
}

/** Tags and digests of the row's own repository; what others call the same image is theirs. */
function referencesOf(image: EngineImage, name: string): readonly string[] {
	const repository = repositoryIn(name);
	return [...image.tags, ...image.digests].filter((reference) => repositoryIn(reference) === repository);
}

function repositoryIn(reference: string): string | undefined {
	const parsed = parseImageReference(reference);
	return parsed.ok ? repositoryOf(parsed.value) : undefined;
}

function planDangling(current: CurrentState, imagesInUse: ReadonlySet<string>): readonly Proposal[] {
	const recorded = new Set(current.imageRecords.map((row) => row.dockerImageId));
	return current.images
		.filter((image) => image.tags.length === 0 && image.digests.length === 0)
		.filter((image) => !recorded.has(image.id) && !imagesInUse.has(image.id))
		.map((image) =>
			propose(
				{ kind: 'cleanupImage', engineImageId: image.id },
				{ reason: 'image without a name', writes: [resources.engineImage(image.id)] },
			),
		);
}
