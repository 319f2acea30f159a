/** The part of OData that devices use: equality filters joined by `and`, also on what a row refers to, `$select`, `$expand`, keys in the path. */

type Literal = string | number | boolean | null;

export interface Condition {
	readonly field: string;
	readonly value: Literal;
}

export interface Expansion extends OdataOptions {
	readonly name: string;
}

export interface OdataOptions {
	readonly filter: readonly Condition[];
	readonly select: readonly string[] | undefined;
	readonly expand: readonly Expansion[];
}

export interface OdataPath {
	readonly resource: string;
	readonly key: readonly Condition[];
}

/** Something the real cloud may well understand, but this stand-in does not. */
export class UnsupportedQueryError extends Error {}

export function parseOdataPath(path: string): OdataPath {
	const match = /^([a-z_]+)(?:\((.*)\))?\/?$/.exec(path);
	const [, resource, key] = match ?? [];
	if (resource === undefined) {
		throw new UnsupportedQueryError(`path ${path}`);
	}
	if (key === undefined) {
		return { resource, key: [] };
	}
	return { resource, key: splitTopLevel(key, ',').map(parseKey) };
}

export function parseOdataOptions(entries: Iterable<readonly [string, string]>): OdataOptions {
	let filter: readonly Condition[] = [];
	let select: readonly string[] | undefined;
	let expand: readonly Expansion[] = [];
	for (const [name, value] of entries) {
		switch (name) {
			case '$filter':
				filter = parseFilter(value);
				break;
			case '$select':
				select = value.split(',').map((field) => field.trim());
				break;
			case '$expand':
				expand = splitTopLevel(value, ',').map(parseExpansion);
				break;
			case 'apikey':
			case '$orderby':
				break;
			default:
				throw new UnsupportedQueryError(`option ${name}`);
		}
	}
	return { filter, select, expand };
}

function parseKey(text: string): Condition {
	const [, field, literal] = /^([a-z_]+)=(.*)$/.exec(text.trim()) ?? [];
	return field === undefined || literal === undefined
		? { field: 'id', value: parseLiteral(text.trim()) }
		: { field, value: parseLiteral(literal) };
}

function parseExpansion(text: string): Expansion {
	const [, name, inner] = /^\s*([a-z_]+)\s*(?:\((.*)\))?\s*$/.exec(text) ?? [];
	if (name === undefined) {
		throw new UnsupportedQueryError(`expansion ${text}`);
	}
	const options = splitTopLevel(inner ?? '', ';').flatMap((option): [string, string][] => {
		const [, key, value] = /^([^=]+)=(.*)$/.exec(option) ?? [];
		return key === undefined || value === undefined ? [] : [[key, value]];
	});
	return { name, ...parseOdataOptions(options) };
}

function parseFilter(text: string): readonly Condition[] {
	const stripped = stripParentheses(text.trim());
	const parts = splitTopLevel(stripped, ' and ');
	if (parts.length > 1) {
		return parts.flatMap(parseFilter);
	}
	const [, field, literal] = /^([a-z_]+(?:\/[a-z_]+)?) eq (.+)$/.exec(stripped) ?? [];
	if (field === undefined || literal === undefined) {
		throw new UnsupportedQueryError(`filter ${text}`);
	}
	return [{ field, value: parseLiteral(literal) }];
}

function parseLiteral(text: string): Literal {
	const quoted = /^'((?:[^']|'')*)'$/.exec(text)?.[1];
	if (quoted !== undefined) {
		return quoted.replaceAll("''", "'");
	}
	if (text === 'null' || text === 'true' || text === 'false') {
		return { null: null, true: true, false: false }[text];
	}
	if (/^-?\d+(?:\.\d+)?$/.test(text)) {
		return Number(text);
	}
	throw new UnsupportedQueryError(`value ${text}`);
}

function stripParentheses(text: string): string {
	const isWrapped = text.startsWith('(') && text.endsWith(')') && closingIndex(text) === text.length - 1;
	return isWrapped ? stripParentheses(text.slice(1, -1).trim()) : text;
}

function closingIndex(text: string): number {
	let found = -1;
	walk(text, (index, depth) => {
		if (depth === 0 && text[index] === ')' && found < 0) {
			found = index;
		}
	});
	return found;
}

/** Splits at separators that are neither in parentheses nor in a string. */
function splitTopLevel(text: string, separator: string): readonly string[] {
	const parts: string[] = [];
	let start = 0;
	walk(text, (index, depth) => {
		if (depth === 0 && index >= start && text.startsWith(separator, index)) {
			parts.push(text.slice(start, index));
			start = index + separator.length;
		}
	});
	parts.push(text.slice(start));
	return parts;
}

/** Visits every character outside of strings, with the depth of parentheses after it. */
function walk(text: string, visit: (index: number, depth: number) => void): void {
	let depth = 0;
	let isQuoted = false;
	for (let index = 0; index < text.length; index += 1) {
		const character = text[index];
		if (character === "'") {
			isQuoted = !isQuoted;
		}
		if (isQuoted) {
			continue;
		}
		depth += character === '(' ? 1 : character === ')' ? -1 : 0;
		visit(index, depth);
	}
}
