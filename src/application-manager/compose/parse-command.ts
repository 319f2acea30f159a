import { parseTexts } from './parse-list.ts';
import type { Place } from './place.ts';

/** A list is used as it is, a text is split as a shell would, without expanding anything (spec: compose 2.4.3). */
export function parseCommand(value: unknown, place: Place): readonly string[] | undefined {
	if (typeof value === 'string') {
		return splitCommand(value);
	}
	return Array.isArray(value) ? parseTexts(value, place) : place.refuseValue('text or a list of texts', value);
}

const OPERATOR = /\|\||&&|;;|\|&|<\(|<<<|>>|>&|<&|[&;()|<>]/y;
const SPACE = /\s/;

export function splitCommand(text: string): readonly string[] {
	const operator = new RegExp(OPERATOR);
	const words: string[] = [];
	let word: string | undefined;
	const endWord = () => {
		if (word !== undefined) {
			words.push(word);
		}
		word = undefined;
	};
	for (let i = 0; i < text.length; i++) {
		const char = text.charAt(i);
		operator.lastIndex = i;
		const found = operator.exec(text)?.[0];
		if (found !== undefined || SPACE.test(char)) {
			endWord();
			words.push(...(found === undefined ? [] : [found]));
			i += (found?.length ?? 1) - 1;
		} else if (char === '#' && word === undefined) {
			break;
		} else if (char === "'" || char === '"') {
			const quoted = readQuoted(text, i, char);
			if (quoted === undefined) {
				endWord(); // a quote without a partner only separates
			} else {
				word = (word ?? '') + quoted.value;
				i = quoted.end;
			}
		} else if (char === '\\') {
			i++;
			const escaped = text.charAt(i);
			word = (word ?? '') + (escaped === '\n' ? '' : escaped);
		} else {
			word = (word ?? '') + char;
		}
	}
	endWord();
	return words;
}

/** The text between the quote at `start` and its partner at `end`. */
function readQuoted(text: string, start: number, quote: string): { value: string; end: number } | undefined {
	let value = '';
	for (let i = start + 1; i < text.length; i++) {
		const char = text.charAt(i);
		if (char === quote) {
			return { value, end: i };
		}
		if (quote === '"' && char === '\\' && '"\\$'.includes(text.charAt(i + 1)) && i + 1 < text.length) {
			i++;
		}
		value += text.charAt(i);
	}
	return undefined;
}
