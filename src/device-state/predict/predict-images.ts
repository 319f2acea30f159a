import { ImageIndex, recordKeyOf } from '../../application-manager/index.ts';
import type { EngineImage } from '../../domain/engine-objects.ts';
import { ownTagOf, parseImageReference } from '../../domain/image-reference.ts';
import type { StepOf } from '../../domain/step.ts';
import type { ServiceSpec } from '../../domain/service.ts';
import type { ComposedApp, TargetState } from '../../domain/target.ts';
import { makeNext, withCurrent, type Predicted } from './predicted.ts';

type ReadyApp = Extract<ComposedApp, { readonly state: 'ready' }>;

/** What a step of an image does, if it succeeds. */
export function predictImage(
	step: StepOf<'pullImage' | 'recordImage' | 'forgetImage' | 'cleanupImage'>,
	state: Predicted,
): Predicted {
	const { images, imageRecords } = state.current;
	switch (step.kind) {
		case 'pullImage':
			return pull(step.reference, state);
		case 'recordImage':
			return record(step, state);
		case 'forgetImage': {
			const used = new Set(state.current.apps.flatMap((app) => app.containers.map((each) => each.engineImageId)));
			const left = images.map((image) => withoutNames(image, step.references));
			return withCurrent(state, {
				imageRecords: imageRecords.filter(({ id }) => id !== step.recordId),
				// The engine removes an image with its last name, unless a container needs it.
				images: left.filter((image, n) => image === images[n] || hasName(image) || used.has(image.id)),
			});
		}
		case 'cleanupImage':
			return withCurrent(state, { images: images.filter(({ id }) => id !== step.engineImageId) });
	}
}

/** The same content under another name may be here already; that is only known afterwards. */
function pull(reference: string, before: Predicted): Predicted {
	const { state, n } = makeNext(before);
	const isDigest = reference.includes('@');
	const image = {
		id: `sha256:predicted-${n}`,
		tags: isDigest ? [] : [reference],
		digests: isDigest ? [reference] : [],
	};
	const others = state.current.images.map((other) => withoutNames(other, image.tags));
	return withCurrent(state, { images: [...others, image] });
}

function record({ record: row, engineImageId }: StepOf<'recordImage'>, before: Predicted): Predicted {
	const { state, n } = makeNext(before);
	const { imageRecords, images } = state.current;
	const key = recordKeyOf(row);
	const known = imageRecords.find((each) => recordKeyOf(each) === key);
	const id = engineImageId === undefined ? {} : { dockerImageId: engineImageId };
	const stored = { ...row, id: known?.id ?? -n, ...id };
	const tags = engineImageId === undefined ? [] : ownTagsOf(row.name);
	return withCurrent(state, {
		imageRecords: [...imageRecords.filter((each) => each !== known), stored],
		images: images.map((image) =>
			image.id === engineImageId
				? { ...image, tags: [...new Set([...image.tags, ...tags])] }
				: withoutNames(image, tags),
		),
	});
}

function ownTagsOf(reference: string): readonly string[] {
	const parsed = parseImageReference(reference);
	if (!parsed.ok) {
		return [];
	}
	const { repository, tag } = ownTagOf(parsed.value);
	return [`${repository}:${tag}`];
}

function withoutNames(image: EngineImage, names: readonly string[]): EngineImage {
	const isLeft = (name: string) => !names.includes(name);
	return [...image.tags, ...image.digests].every(isLeft)
		? image
		: { ...image, tags: image.tags.filter(isLeft), digests: image.digests.filter(isLeft) };
}

function hasName({ tags, digests }: EngineImage): boolean {
	return tags.length > 0 || digests.length > 0;
}

/**
 * The target as it is composed when these images are here; what they set themselves is not known before. The same object
 * if no image came.
 */
export function withPredictedImages(target: TargetState, { current }: Predicted): TargetState {
	const isComplete = target.apps.every(
		(app) => app.state !== 'ready' || app.spec.services.every(({ engineImageId }) => engineImageId !== undefined),
	);
	if (isComplete) {
		return target;
	}
	const index = new ImageIndex(current.images, current.imageRecords);
	const apps = target.apps.map((app) => (app.state === 'ready' ? withImages(app, index) : app));
	return apps.every((app, n) => app === target.apps[n]) ? target : { ...target, apps };
}

function withImages(app: ReadyApp, index: ImageIndex): ReadyApp {
	const services = app.spec.services.map((service) => withImage(service, index));
	const isSame = services.every((service, n) => service === app.spec.services[n]);
	return isSame ? app : { ...app, spec: { ...app.spec, services } };
}

function withImage(service: ServiceSpec, index: ImageIndex): ServiceSpec {
	const id = service.engineImageId === undefined ? index.find(service.reference)?.id : undefined;
	return id === undefined ? service : { ...service, engineImageId: id, config: { ...service.config, image: id } };
}
