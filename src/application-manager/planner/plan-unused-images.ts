import type { CurrentState } from '../../domain/current.ts';
import type { Proposal } from '../../domain/plan.ts';
import type { EngineImage, StoredImageRecord } from '../../domain/resource.ts';
import type { TargetState } from '../../domain/target.ts';
import { isSameImage, parseImageReference, repositoryOf } from '../../domain/image-reference.ts';
import { ImageIndex } from '../images/find-image.ts';
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
	const index = new ImageIndex(current.images, current.imageRecords);
	const imagesInUse = new Set(current.apps.flatMap((app) => app.containers.map((c) => c.engineImageId)));
	return [
		...unused.map((row, n) => proposeForget(row, [...kept, ...unused.slice(n + 1)], index)),
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

function proposeForget(row: StoredImageRecord, others: readonly StoredImageRecord[], index: ImageIndex): Proposal {
	// Also what the reference would be taken for: a tag that was set just before a crash goes with its row.
	const image = (row.dockerImageId === undefined ? undefined : index.byId(row.dockerImageId)) ?? index.find(row.name);
	return propose(
		{
			kind: 'forgetImage',
			recordId: row.id,
			name: row.name,
			references: image === undefined ? [] : referencesToRemove(row, image, others),
		},
		{
			reason: 'image no longer used',
			writes: [resources.image(row.name), resources.imageRecord(row.appId, row.serviceName)],
		},
	);
}

/**
 * The names that the image loses with this row (spec: compose C15). While another row needs the image, only names of a
 * repository that no row speaks of any more, and never the last name; with the last row, every name under which we may
 * have fetched or tagged it. A name that stays behind would be taken for that repository's newest image.
 */
function referencesToRemove(
	row: StoredImageRecord,
	image: EngineImage,
	others: readonly StoredImageRecord[],
): readonly string[] {
	const all = [...image.tags, ...image.digests];
	const sharing = others.filter((other) => other.dockerImageId === image.id || isSameImage(other.name, row.name));
	if (sharing.length === 0) {
		return all.filter((reference) => isOurs(reference, row));
	}
	const repository = repositoryIn(row.name);
	const removed = all.filter((reference) => repositoryIn(reference) === repository);
	const isNeeded = sharing.some((other) => repositoryIn(other.name) === repository);
	return isNeeded || removed.length === all.length ? [] : removed;
}

/** A name in the row's repository, its content in another one, or a tag that we give to what comes from its registry. */
function isOurs(reference: string, row: StoredImageRecord): boolean {
	const [ours, parsed] = [parseImageReference(row.name), parseImageReference(reference)];
	if (!ours.ok || !parsed.ok) {
		return false;
	}
	return (
		repositoryOf(parsed.value) === repositoryOf(ours.value) ||
		isSameImage(reference, row.name) ||
		(parsed.value.registry !== undefined &&
			parsed.value.registry === ours.value.registry &&
			parsed.value.tagName === 'latest')
	);
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
