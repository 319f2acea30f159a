import type { CurrentState } from '../../domain/current.ts';
import type { Proposal } from '../../domain/plan.ts';
import { isNameless, type EngineImage, type StoredImageRecord } from '../../domain/engine-objects.ts';
import type { TargetState } from '../../domain/target.ts';
import { isSameImage, parseImageReference, repositoryOf } from '../../domain/image-reference.ts';
import type { ImageIndex } from '../images/find-image.ts';
import { recordKeyOf, recordOf } from './plan-app-images.ts';
import { proposeForgetting } from './forget-images.ts';
import { propose } from './propose.ts';
import { resources } from './resources.ts';

interface UnusedImagesInput {
	readonly current: CurrentState;
	readonly target: TargetState;
	/** Apps that are not on target: their old images stay until they are (spec: planner P4). */
	readonly unsettledApps: ReadonlySet<number>;
	readonly own: OwnImages;
	readonly images: ImageIndex;
}

/** Images of the supervisor itself. */
interface OwnImages {
	/** The reference that it runs from. */
	readonly image: string;
	/** By their ids: needed, whatever their names are. */
	readonly kept: ReadonlySet<string>;
	/** By their ids: left behind by an update of the supervisor. */
	readonly unused: readonly string[];
}

/** Rows that no container and no target needs any more, and images without an owner (spec: planner 6.2, compose 8.9, 8.10). */
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
	const links = unused.filter((row) => isOnlyLink(row, kept));
	const forgotten = unused.filter((row) => !links.includes(row));
	return [
		...proposeForgetting(forgotten, [...kept, ...links], input.images),
		...planCleanup(current, imagesInUse, input.own),
	];
}

/** A row that stays has the same image and not its id yet: nothing else would lead to the image any more. */
function isOnlyLink(row: StoredImageRecord, kept: readonly StoredImageRecord[]): boolean {
	const { dockerImageId, name } = row;
	return (
		dockerImageId !== undefined &&
		kept.some((other) => other.dockerImageId === undefined && isSameImage(other.name, name)) &&
		!kept.some((other) => other.dockerImageId === dockerImageId)
	);
}

/** Keys of the rows of all services of the target, and of the current containers. */
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

/** Images without a name, and earlier images of this supervisor (spec: compose 8.10). */
function planCleanup(current: CurrentState, imagesInUse: ReadonlySet<string>, own: OwnImages): readonly Proposal[] {
	const recorded = new Set(current.imageRecords.map((row) => row.dockerImageId));
	const isSuperseded = supersededBy(own.image);
	return current.images.flatMap((image) => {
		const isUsed = recorded.has(image.id) || imagesInUse.has(image.id) || own.kept.has(image.id);
		if (isUsed || current.excludedImages.has(image.id)) {
			return [];
		}
		const hasNoName = isNameless(image);
		if (!hasNoName && !isSuperseded(image) && !own.unused.includes(image.id)) {
			return [];
		}
		return propose(
			{ kind: 'cleanupImage', engineImageId: image.id },
			{
				reason: hasNoName ? 'image without a name' : 'image of an older supervisor',
				writes: [resources.engineImage(image.id)],
			},
		);
	});
}

/** Has a tag of the supervisor's repository, under its present or its earlier name, and is not the image that it runs from. */
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
