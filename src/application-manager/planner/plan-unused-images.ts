import type { CurrentState } from '../../domain/current.ts';
import type { Proposal } from '../../domain/plan.ts';
import type { EngineImage, StoredImageRecord } from '../../domain/resource.ts';
import type { TargetState } from '../../domain/target.ts';
import { isSameImage, parseImageReference, repositoryOf } from '../../domain/image-reference.ts';
import { isOwnService } from '../compose/index.ts';
import { ImageIndex } from '../images/find-image.ts';
import { recordKeyOf, recordOf } from './plan-app-images.ts';
import { propose } from './propose.ts';
import { resources } from './resources.ts';

export interface UnusedImagesInput {
	readonly current: CurrentState;
	readonly target: TargetState;
	/** Apps with something left to do: their old images stay until they are on target (spec: planner P4). */
	readonly unsettledApps: ReadonlySet<number>;
	readonly ownImage: string;
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
		...planCleanup(current, imagesInUse, input.ownImage),
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
	// The image that we run from is the operating system's: only the row goes (spec: compose 8.11).
	const image = isOwnService(row.appUuid, row.serviceName) ? undefined : imageOf(row, index);
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

/** Also what the reference would be taken for: a tag that was set just before a crash goes with its row. */
function imageOf(row: StoredImageRecord, index: ImageIndex): EngineImage | undefined {
	return (row.dockerImageId === undefined ? undefined : index.byId(row.dockerImageId)) ?? index.find(row.name);
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

/** Images without a name, and those that this supervisor was updated from (spec: compose 8.10). */
function planCleanup(current: CurrentState, imagesInUse: ReadonlySet<string>, ownImage: string): readonly Proposal[] {
	const recorded = new Set(current.imageRecords.map((row) => row.dockerImageId));
	const isSuperseded = supersededBy(ownImage);
	return current.images.flatMap((image) => {
		if (recorded.has(image.id) || imagesInUse.has(image.id) || current.excludedImages.has(image.id)) {
			return [];
		}
		const isNameless = image.tags.length === 0 && image.digests.length === 0;
		if (!isNameless && !isSuperseded(image)) {
			return [];
		}
		return propose(
			{ kind: 'cleanupImage', engineImageId: image.id },
			{
				reason: isNameless ? 'image without a name' : 'image of an older supervisor',
				writes: [resources.engineImage(image.id)],
			},
		);
	});
}

/** Has a tag of our own repository, under its present or its earlier name, and not the one that we run from. */
function supersededBy(ownImage: string): (image: EngineImage) => boolean {
	const own = parseImageReference(ownImage);
	if (!own.ok || own.value.tagName === undefined) {
		return () => false;
	}
	const repository = repositoryOf(own.value);
	const repositories = [repository, repository.replace(/^balena/, 'resin')];
	const ownTags = repositories.map((name) => `${name}:${own.value.tagName}`);
	return ({ tags }) =>
		!tags.some((tag) => ownTags.includes(tag)) &&
		tags.some((tag) => repositories.some((name) => tag.startsWith(`${name}:`)));
}
