import { imageKeyOf, isSameImage, parseImageReference, repositoryOf } from '../../domain/image-reference.ts';
import type { EngineImage, StoredImageRecord } from '../../domain/engine-objects.ts';

/** The images of the engine with their rows, indexed once per pass. */
export class ImageIndex {
	readonly #byId = new Map<string, EngineImage>();
	readonly #byTag = new Map<string, EngineImage>();
	readonly #byDigest = new Map<string, EngineImage>();
	readonly #records: readonly StoredImageRecord[];

	constructor(images: readonly EngineImage[], records: readonly StoredImageRecord[]) {
		this.#records = records;
		for (const image of images) {
			this.#byId.set(image.id, image);
			image.tags.forEach((tag) => this.#byTag.set(tag, image));
			image.digests.forEach((digest) => this.#byDigest.set(imageKeyOf(digest), image));
		}
	}

	byId(id: string): EngineImage | undefined {
		return this.#byId.get(id);
	}

	/** The image of a row, if it is on the engine (spec: compose 8.3, "available"). */
	findRecorded(row: StoredImageRecord): EngineImage | undefined {
		return (row.dockerImageId === undefined ? undefined : this.byId(row.dockerImageId)) ?? this.find(row.name);
	}

	/**
	 * The engine image of a normalised reference (spec: compose 8.4): by digest or tag, by a row with the id of the
	 * engine, or, after our rows were lost, by the tag that each adopted image gets.
	 */
	find(reference: string): EngineImage | undefined {
		return (
			this.#byDigest.get(imageKeyOf(reference)) ??
			this.#byTag.get(reference) ??
			this.#byRow(reference) ??
			this.#byAdoption(reference)
		);
	}

	#byRow(reference: string): EngineImage | undefined {
		for (const row of this.#records) {
			if (row.dockerImageId !== undefined && isSameImage(row.name, reference)) {
				const image = this.#byId.get(row.dockerImageId);
				if (image !== undefined) {
					return image;
				}
			}
		}
		return undefined;
	}

	/**
	 * An image pulled as a delta lists the digest of the delta, so only our tag leads to it. Refused when anything shows
	 * that the image is another digest: a row of ours (spec: compose C12), or a digest in the same repository, under which
	 * it was pulled as a whole.
	 */
	#byAdoption(reference: string): EngineImage | undefined {
		const parsed = parseImageReference(reference);
		if (!parsed.ok || parsed.value.digest === undefined) {
			return undefined;
		}
		const repository = repositoryOf(parsed.value);
		const image = this.#byTag.get(`${repository}:latest`);
		if (image === undefined) {
			return undefined;
		}
		const isRecordedAsOther = this.#records.some(
			(row) =>
				row.name.includes('@') &&
				!isSameImage(row.name, reference) &&
				(row.dockerImageId === image.id || image.digests.some((digest) => isSameImage(digest, row.name))),
		);
		const isPulledAsOther = image.digests.some((digest) => digest.startsWith(`${repository}@`));
		return isRecordedAsOther || isPulledAsOther ? undefined : image;
	}
}
