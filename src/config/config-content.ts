import { isPlainObject, type PlainObject } from '../lib/is-plain-object.ts';
import { placeOf, scanJson } from '../lib/scan-json.ts';

/**
 * What config.json holds. `damaged`: by a program or a power cut, so it may be replaced. `broken`:
 * a person may be about to correct it (decision D14). Neither says anything of its content, which holds keys.
 */
export type Content =
	| { readonly state: 'good'; readonly properties: PlainObject }
	| { readonly state: 'damaged'; readonly problem: 'missing' | 'empty' | 'cut off' }
	| { readonly state: 'broken'; readonly problem: string; readonly line?: number; readonly column?: number };

const BYTE_ORDER_MARK = '\uFEFF';

/** `undefined`: there is no file. */
export function judgeContent(text: string | undefined): Content {
	if (text === undefined) {
		return { state: 'damaged', problem: 'missing' };
	}
	const given = text.startsWith(BYTE_ORDER_MARK) ? text.slice(1) : text;
	const whole = withoutZeros(given);
	if (whole.replaceAll('\0', '').trim() === '') {
		return { state: 'damaged', problem: 'empty' };
	}
	const parsed = parse(given);
	if (isPlainObject(parsed)) {
		return { state: 'good', properties: parsed };
	}
	if (parsed !== undefined) {
		return { state: 'broken', problem: 'not an object', line: 1, column: 1 };
	}
	const scan = scanJson(whole);
	if (scan.state === 'wrong') {
		return { state: 'broken', problem: 'unexpected character', ...placeOf(given, scan.offset) };
	}
	// What does not begin as an object was never the beginning of this file.
	return whole.trimStart().startsWith('{')
		? { state: 'damaged', problem: 'cut off' }
		: { state: 'broken', problem: 'not an object', line: 1, column: 1 };
}

/** For a line that ends the process. */
export function describeProblem(content: Exclude<Content, { readonly state: 'good' }>): string {
	if (content.state === 'damaged') {
		return `is ${content.problem}`;
	}
	const { problem, line, column } = content;
	return line === undefined || column === undefined
		? `cannot be read (${problem})`
		: `does not hold a JSON object (line ${String(line)}, column ${String(column)}: ${problem})`;
}

/** `undefined`: it is no JSON. */
function parse(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch {
		return undefined; // the message quotes the file, which holds keys
	}
}

/** A file system that was cut off may leave the length of a file, filled with zeros. */
function withoutZeros(text: string): string {
	let end = text.length;
	while (end > 0 && text.charAt(end - 1) === '\0') {
		end -= 1;
	}
	return text.slice(0, end);
}
