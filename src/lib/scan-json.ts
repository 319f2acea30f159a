/** How far a text follows the grammar of JSON. `cut-off`: only its end is missing. Offsets count characters from 0. */
type JsonScan =
	{ readonly state: 'whole' } | { readonly state: 'cut-off' } | { readonly state: 'wrong'; readonly offset: number };

type Expected = 'value' | 'first value' | 'key' | 'first key' | 'colon' | 'after value';
type Token = { readonly state: 'token'; readonly end: number } | Exclude<JsonScan, { readonly state: 'whole' }>;

/** Says what the parser of the language does not: whether a text that it refuses was cut off, and where it is wrong. */
export function scanJson(text: string): JsonScan {
	const open: ('{' | '[')[] = [];
	let expected: Expected = 'value';
	let at = skipBlanks(text, 0);
	while (at < text.length) {
		const char = text.charAt(at);
		if (closes(char, expected, open.at(-1))) {
			open.pop();
			expected = 'after value';
			at += 1;
		} else if ((char === '{' || char === '[') && isValue(expected)) {
			open.push(char);
			expected = char === '{' ? 'first key' : 'first value';
			at += 1;
		} else if (char === ':' && expected === 'colon') {
			expected = 'value';
			at += 1;
		} else if (char === ',' && expected === 'after value' && open.length > 0) {
			expected = open.at(-1) === '{' ? 'key' : 'value';
			at += 1;
		} else {
			const token = scanToken(text, at, expected);
			if (token.state !== 'token') {
				return token;
			}
			expected = isValue(expected) ? 'after value' : 'colon';
			at = token.end;
		}
		at = skipBlanks(text, at);
	}
	return { state: expected === 'after value' && open.length === 0 ? 'whole' : 'cut-off' };
}

/** From 1, as editors count. */
export function placeOf(text: string, offset: number): { readonly line: number; readonly column: number } {
	const before = text.slice(0, offset).split('\n');
	return { line: before.length, column: (before.at(-1) ?? '').length + 1 };
}

function closes(char: string, expected: Expected, opened: '{' | '[' | undefined): boolean {
	return (
		(char === '}' && opened === '{' && (expected === 'first key' || expected === 'after value')) ||
		(char === ']' && opened === '[' && (expected === 'first value' || expected === 'after value'))
	);
}

function isValue(expected: Expected): boolean {
	return expected === 'value' || expected === 'first value';
}

/** A text, a number or a word, at a place that takes it. */
function scanToken(text: string, at: number, expected: Expected): Token {
	const isKey = expected === 'key' || expected === 'first key';
	if (!isKey && !isValue(expected)) {
		return wrong(at);
	}
	const char = text.charAt(at);
	if (char === '"') {
		return scanString(text, at + 1);
	}
	if (isKey) {
		return wrong(at);
	}
	const word = WORDS.find((one) => one.startsWith(char));
	return word === undefined ? scanNumber(text, at) : scanWord(text, at, word);
}

const WORDS = ['true', 'false', 'null'];
const CUT_OFF = { state: 'cut-off' } as const;

function scanWord(text: string, at: number, word: string): Token {
	const length = Array.from(word).findIndex((char, index) => text.charAt(at + index) !== char);
	if (length === -1) {
		return { state: 'token', end: at + word.length };
	}
	return at + length >= text.length ? CUT_OFF : wrong(at + length);
}

function scanString(text: string, start: number): Token {
	for (let at = start; at < text.length; at += 1) {
		const char = text.charAt(at);
		if (char === '"') {
			return { state: 'token', end: at + 1 };
		}
		if (char < ' ') {
			return wrong(at);
		}
		if (char === '\\') {
			at += 1;
			const digits = text.charAt(at) === 'u' ? 4 : 0;
			const bad = Array.from(text.slice(at + 1, at + 1 + digits)).findIndex((digit) => !isAmong(digit, HEXADECIMAL));
			if (at < text.length && (!isAmong(text.charAt(at), ESCAPES) || bad !== -1)) {
				return wrong(at + bad + 1);
			}
			at += digits;
		}
	}
	return CUT_OFF;
}

const ESCAPES = '"\\/bfnrtu';
const DIGITS = '0123456789';
const HEXADECIMAL = `${DIGITS}abcdefABCDEF`;

function scanNumber(text: string, start: number): Token {
	let at = text.charAt(start) === '-' ? start + 1 : start;
	const whole = text.charAt(at) === '0' ? at + 1 : skip(text, at, DIGITS);
	if (whole === at) {
		return missingDigit(text, at);
	}
	at = whole;
	if (text.charAt(at) === '.') {
		const end = skip(text, at + 1, DIGITS);
		if (end === at + 1) {
			return missingDigit(text, end);
		}
		at = end;
	}
	if (isAmong(text.charAt(at), 'eE')) {
		const first = isAmong(text.charAt(at + 1), '+-') ? at + 2 : at + 1;
		const end = skip(text, first, DIGITS);
		if (end === first) {
			return missingDigit(text, end);
		}
		at = end;
	}
	return { state: 'token', end: at };
}

function missingDigit(text: string, at: number): Token {
	return at >= text.length ? CUT_OFF : wrong(at);
}

function wrong(offset: number): Token {
	return { state: 'wrong', offset };
}

function skipBlanks(text: string, at: number): number {
	return skip(text, at, ' \t\r\n');
}

function skip(text: string, at: number, chars: string): number {
	let end = at;
	while (isAmong(text.charAt(end), chars)) {
		end += 1;
	}
	return end;
}

function isAmong(char: string, chars: string): boolean {
	return char !== '' && chars.includes(char);
}
