/** One bad value in an input: where it stands (`apps.<uuid>.services.web.ports[2]`) and what is wrong with it. */
export interface Issue {
	readonly path: string;
	readonly message: string;
}

/** The result of decoding: a value, or every issue of the input. Decoding never throws. */
export type Decoded<T> =
	{ readonly ok: true; readonly value: T } | { readonly ok: false; readonly issues: readonly Issue[] };

/** `apps.a1.services.web.ports[2]: expected a string` — one issue a line. */
export function describeIssues(issues: readonly Issue[]): string {
	return issues.map(({ path, message }) => (path === '' ? message : `${path}: ${message}`)).join('\n');
}
