import { ComposeFileError } from './compose-file-error.ts';
import { interpolateText } from './interpolate.ts';
import type { Variables } from './interpolate.ts';

const NOTHING = /[ \t]*(?:#[^\n]*)?(?:\r?\n|$)/y;
const NAME = /[ \t]*(?:export[ \t]+)?([a-zA-Z_][\w.-]*)[ \t]*/y;
const EQUALS = /=[ \t]*/y;
const LITERAL = /'([^']*)'/y;
const QUOTED = /"((?:\\[^]|[^"\\])*)"/y;
const PLAIN = /(.*?)(?=[ \t]+#|[ \t]*\r?$)/my;
const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t' };

/**
 * The variables of an env file, as docker compose reads it: comments, `export`, quotes over several lines. Values see the
 * environment and what stands above them, unless in single quotes. A name without `=` comes from the environment anyway.
 */
export function parseEnvFile(text: string, options: { readonly environment: Variables }) {
	const values: Record<string, string> = {};
	let at = 0;
	const take = (pattern: RegExp): string | undefined => {
		pattern.lastIndex = at;
		const found = pattern.exec(text);
		at += found?.[0].length ?? 0;
		return found === null ? undefined : (found[1] ?? '');
	};
	while (at < text.length) {
		if (take(NOTHING) !== undefined) continue;
		const line = `line ${text.slice(0, at).split('\n').length}`;
		const expand = (value: string) => interpolateText(value, { ...values, ...options.environment }, line);
		const name = take(NAME);
		if (name !== undefined && take(EQUALS) !== undefined) {
			const literal = take(LITERAL);
			const quoted = literal === undefined ? take(QUOTED) : undefined;
			values[name] = literal ?? expand(quoted === undefined ? (take(PLAIN) ?? '') : unescape(quoted));
		}
		if (name === undefined || take(NOTHING) === undefined) {
			throw new ComposeFileError(`${line} is not NAME=value`, 'Correct it');
		}
	}
	return values;
}

function unescape(text: string): string {
	return text.replace(/\\([nrt"\\])/g, (_pair, character: string) => ESCAPES[character] ?? character);
}
