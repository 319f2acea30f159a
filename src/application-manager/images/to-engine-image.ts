import type { EngineImage } from '../../domain/engine-objects.ts';
import type { ImageSummary } from '../../ports/engine.ts';

/** How balenaEngine shows a delta of version 2: all of its files are in the image that it is based on. */
const HOLLOW_BYTES_MAX = 40;

export function toEngineImage({ Id, RepoTags, RepoDigests, Size, VirtualSize }: ImageSummary): EngineImage {
	const named = (list: readonly string[] | null) => (list ?? []).filter((name) => !name.startsWith('<none>'));
	const sizes = [Size, VirtualSize].filter((size) => size !== undefined);
	const isDeltaBaseOnly = sizes.length > 0 && sizes.every((size) => size < HOLLOW_BYTES_MAX);
	const sizeBytes = VirtualSize ?? Size;
	return {
		id: Id,
		tags: named(RepoTags),
		digests: named(RepoDigests),
		...(sizeBytes === undefined ? {} : { sizeBytes }),
		...(isDeltaBaseOnly ? { isDeltaBaseOnly } : {}),
	};
}
