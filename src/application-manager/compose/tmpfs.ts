import { isPlainObject } from '../../lib/is-plain-object.ts';
import { parseTextOrList } from './parse-list.ts';
import { textOfScalar } from './parse-scalar.ts';
import type { Place } from './place.ts';

/** Each path once, as last given; a path without options has no colon. */
export function parseTmpfs(value: unknown, place: Place): readonly string[] | undefined {
	const entries = parseTextOrList(value, place);
	return (
		entries &&
		Object.entries(tmpfsBody(entries)).map(([path, options]) => (options === '' ? path : `${path}:${options}`))
	);
}

/** `/run:size=64m` → path and options (spec: compose C19). */
export function tmpfsBody(entries: readonly string[]): Readonly<Record<string, string>> {
	return Object.fromEntries(
		entries.map((entry) => {
			const at = entry.indexOf(':');
			return at === -1 ? [entry, ''] : [entry.slice(0, at), entry.slice(at + 1)];
		}),
	);
}

/**
 * Version 19 took options for a part of the path. Such a path keeps a trailing colon here, so that it differs from the
 * target, and the container is recreated once with the requested mount.
 */
export function readTmpfs(raw: unknown): readonly string[] {
	return Object.entries(isPlainObject(raw) ? raw : {}).map(([path, options]) =>
		options === '' && !path.includes(':') ? path : `${path}:${textOfScalar(options)}`,
	);
}
