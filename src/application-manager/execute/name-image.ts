import {
	isSameImage,
	ownTagOf,
	parseImageReference,
	repositoryOf,
	type ImageReference,
} from '../../domain/image-reference.ts';
import { EngineError } from '../../ports/engine.ts';
import { assert } from '../../ports/operational-error.ts';
import { toEngineImage } from '../images/to-engine-image.ts';
import type { ExecutorOptions } from './executor-options.ts';

/** Each image of ours has a tag, by which it is found again if our rows are lost (spec: compose 8.2). */
export async function tagImage(engineImageId: string, reference: string, { engine }: ExecutorOptions): Promise<void> {
	const { repository, tag } = ownTagOf(partsOf(reference));
	await engine.tagImage(engineImageId, repository, tag);
}

/**
 * An image from a delta has only the names of the delta: only these rows and the tag show that it is the target. The
 * rows come last, because they mark all of this as done (spec: cloud-api 14.1).
 */
export async function nameDelta(engineImageId: string, reference: string, options: ExecutorOptions): Promise<void> {
	await tagImage(engineImageId, reference, options);
	for (const row of await options.images.list()) {
		if (isSameImage(row.name, reference)) {
			await options.images.save(row, engineImageId);
		}
	}
}

/**
 * Removes the names under which a delta was fetched. Otherwise they would stay for good, and a digest in the repository
 * of the target would contradict the image (spec: compose C12). Names of a row stay.
 */
export async function removeDeltaNames(
	{ engineImageId, delta, reference }: Readonly<Record<'engineImageId' | 'delta' | 'reference', string>>,
	{ engine, images, log }: ExecutorOptions,
): Promise<void> {
	const [listed, records] = await Promise.all([engine.listImages(), images.list()]);
	const summary = listed.find(({ Id }) => Id === engineImageId);
	if (summary === undefined) {
		return;
	}
	const image = toEngineImage(summary);
	const target = ownTagOf(partsOf(reference));
	const own = `${target.repository}:${target.tag}`;
	const repository = repositoryOf(partsOf(delta));
	const names = [
		...image.digests.filter((digest) => digest.startsWith(`${repository}@`)),
		...image.tags.filter((tag) => tag === delta && tag !== own),
	];
	for (const name of names.filter((candidate) => !records.some((row) => isSameImage(row.name, candidate)))) {
		try {
			await engine.removeImage(name);
		} catch (error) {
			if (!(error instanceof EngineError)) {
				throw error;
			}
			log.warn('cannot remove a name of a delta', { name, error: error.message });
		}
	}
}

export function partsOf(reference: string): ImageReference {
	const parsed = parseImageReference(reference);
	assert(parsed.ok, `reference ${reference} is normalised`);
	return parsed.value;
}
