import type { Proposal } from '../../domain/plan.ts';
import type { EngineImage, StoredImageRecord } from '../../domain/engine-objects.ts';
import { isSameImage, parseImageReference, repositoryOf } from '../../domain/image-reference.ts';
import { isOwnService } from '../compose/index.ts';
import type { ImageIndex } from '../images/find-image.ts';
import { propose } from './propose.ts';
import { resources } from './resources.ts';

/** Rows to remove, each with the names that its image loses (spec: compose 8.9). `others` are the rows that stay. */
export function proposeForgetting(
	rows: readonly StoredImageRecord[],
	others: readonly StoredImageRecord[],
	index: ImageIndex,
): readonly Proposal[] {
	// Rows without the id of their image first: the row with the id is the last record that leads to the image.
	const ordered = [
		...rows.filter((row) => row.dockerImageId === undefined),
		...rows.filter((row) => row.dockerImageId !== undefined),
	];
	return ordered.map((row, n) => proposeForget(row, [...others, ...ordered.slice(n + 1)], index));
}

function proposeForget(row: StoredImageRecord, others: readonly StoredImageRecord[], index: ImageIndex): Proposal {
	// The supervisor's own image belongs to the operating system: only the row is removed (spec: compose 8.11).
	// Also the image that the reference stands for: a tag that was set just before a crash is removed with its row.
	const image = isOwnService(row.appUuid, row.serviceName) ? undefined : index.findRecorded(row);
	const references = image === undefined ? [] : referencesToRemove(row, image, others);
	const tags = references.filter((reference) => !reference.includes('@'));
	return propose(
		{ kind: 'forgetImage', recordId: row.id, name: row.name, references },
		{
			reason: 'image no longer used',
			writes: [
				resources.image(row.name),
				resources.imageRecord(row.appId, row.serviceName),
				...tags.map(resources.imageTag),
			],
		},
	);
}

/**
 * The names that the image loses with this row (spec: compose C15). While another row needs the image: only names in a
 * repository that no row names any more, and never the last name. With the last row: each name under which the
 * supervisor may have fetched or tagged it. A name that stays would be taken for the newest image of that repository.
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

/**
 * A name in the repository of the row, its content in another repository, or a tag that the supervisor gives to images
 * from its registry.
 */
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
