import { dirname, join, normalize } from 'node:path';

export interface Link {
	readonly line: number;
	/** From the project's folder; the document itself for a link to one of its own headings. */
	readonly path: string;
	readonly anchor?: string;
}

const FENCE = /^\s*(?:```|~~~)/;
const TARGET = /\]\(<?([^()<>\s]+)>?(?: "[^"]*")?\)/g;
const OUTSIDE = /^[a-z][a-z+.-]*:/i;

/** Links of a document to other files of the project, or to its own headings. */
export function readLinks(path: string, text: string): readonly Link[] {
	return proseLines(text).flatMap(({ line, text: prose }) =>
		[...prose.replace(/`[^`]*`/g, '').matchAll(TARGET)].flatMap(([, target = '']) => {
			if (OUTSIDE.test(target)) return [];
			const [file = '', anchor] = target.split('#');
			const linked = file === '' ? path : normalize(join(dirname(path), decodeURI(file)));
			return [{ line, path: linked, ...(anchor === undefined ? {} : { anchor }) }];
		}),
	);
}

const PATH = /(?<![\w./-])(?:src|test|tools|build-utils|docs|migrations)\/[\w./-]*/g;

/** Files and folders that are named in code marks; patterns and names with a hole in them are left out. */
export function readPaths(text: string): readonly Link[] {
	return proseLines(text).flatMap(({ line, text: prose }) =>
		[...prose.matchAll(/`([^`]*)`/g)].flatMap(([, code = '']) =>
			/[*<>{}…]/.test(code) ? [] : (code.match(PATH) ?? []).map((path) => ({ line, path })),
		),
	);
}

/** The anchors of its headings, as code hosts make them: a second heading of the same words gets `-1`. */
export function readAnchors(text: string): ReadonlySet<string> {
	const anchors = new Set<string>();
	const counts = new Map<string, number>();
	for (const { text: line } of proseLines(text)) {
		const title = /^#{1,6} (.+?)\s*#*$/.exec(line)?.[1];
		if (title === undefined) continue;
		const name = title
			.toLowerCase()
			.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
			.replace(/[^\p{L}\p{N}\p{M}_ -]/gu, '')
			.replaceAll(' ', '-');
		const count = counts.get(name) ?? 0;
		counts.set(name, count + 1);
		anchors.add(count === 0 ? name : `${name}-${count}`);
	}
	return anchors;
}

/** Without blocks of code. */
function proseLines(text: string): readonly { readonly line: number; readonly text: string }[] {
	let isCode = false;
	return text.split('\n').flatMap((line, index) => {
		if (FENCE.test(line)) {
			isCode = !isCode;
			return [];
		}
		return isCode ? [] : [{ line: index + 1, text: line }];
	});
}
