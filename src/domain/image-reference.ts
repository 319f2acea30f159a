import type { Decoded } from './issue.ts';

/** The parts of a reference (spec: compose 8.1). */
export interface ImageReference {
	/** `registry.io:5000`, `localhost`. */
	readonly registry?: string;
	/** Path below the registry: `v2/0123abcd`. */
	readonly imageName: string;
	/** `latest` if neither a tag nor a digest is given; absent next to a digest without tag. */
	readonly tagName?: string;
	/** `sha256:…` */
	readonly digest?: string;
}

const BELOW_REGISTRY = /^(?!\/)([^@:\s]*[^@/:\s])(?::([^/:@\s]+))?(?:@([A-Za-z0-9+._-]+:[A-Fa-f0-9]{32,}))?$/;

export function parseImageReference(reference: string): Decoded<ImageReference> {
	const { registry, match } = split(reference);
	const [, imageName, tag, digest] = match ?? [];
	if (imageName === undefined) {
		const message = `Invalid image name, expected [domain.tld/]repo/image[:tag][@digest] format, got: ${reference}`;
		return { ok: false, issues: [{ path: '', message }] };
	}
	const tagName = tag ?? (digest === undefined ? 'latest' : undefined);
	return {
		ok: true,
		value: {
			...(registry !== undefined && { registry }),
			imageName,
			...(tagName !== undefined && { tagName }),
			...(digest !== undefined && { digest }),
		},
	};
}

/** Only the registry may hold a colon that does not start the tag: in `localhost:5000/a:b` the tag is `b`. */
function split(reference: string): { readonly registry?: string; readonly match: RegExpExecArray | null } {
	const [registry = '', ...rest] = reference.split('/', 2);
	if (rest.length > 0 && (registry === 'localhost' || /[.:]/.test(registry)) && !/[@\s]/.test(registry)) {
		const match = BELOW_REGISTRY.exec(reference.slice(registry.length + 1));
		if (match !== null) {
			return { registry, match };
		}
	}
	return { match: BELOW_REGISTRY.exec(reference) };
}

/** `registry/name`, without tag and digest. */
export function repositoryOf(reference: ImageReference): string {
	return reference.registry === undefined ? reference.imageName : `${reference.registry}/${reference.imageName}`;
}

/** `repo@digest`, or else `repo:tag`: the form in which images are stored and compared. */
/** The tag that the supervisor gives to the image of a reference (spec: compose 8.2). */
export function ownTagOf(reference: ImageReference): { readonly repository: string; readonly tag: string } {
	return { repository: repositoryOf(reference), tag: reference.tagName ?? 'latest' };
}

export function normaliseImageReference(reference: string): Decoded<string> {
	const parsed = parseImageReference(reference);
	if (!parsed.ok) {
		return parsed;
	}
	const { tagName, digest } = parsed.value;
	const repository = repositoryOf(parsed.value);
	return { ok: true, value: digest === undefined ? `${repository}:${tagName ?? 'latest'}` : `${repository}@${digest}` };
}

/** Two references are the same image exactly when their keys are equal: the digest, or else the whole text. */
export function imageKeyOf(reference: string): string {
	return reference.slice(reference.lastIndexOf('@') + 1);
}

/** Equal texts, or equal digests: the same content may live in several repositories. */
export function isSameImage(a: string, b: string): boolean {
	return imageKeyOf(a) === imageKeyOf(b);
}
