/**
 * How version 19 split a command text, defects included: a backslash stays before `$` in single quotes, `#` ends the
 * list anywhere in a word and leaves an empty element. Containers that it created from the same text count as equal
 * (spec: compose C6), so that a take-over does not restart them. Never used to create a container.
 */
const CONTROL = String.raw`(?:\|\||&&|;;|\|&|<\(|<<<|>>|>&|<&|[&;()|<>])`;
const BARE = String.raw`(?:\\['"|&;()<> \t]|[^\s'"|&;()<> \t])`;
const QUOTED = String.raw`"(?:\\"|[^"])*?"|'(?:\\'|[^'])*?'`;
const CHUNK = `(${CONTROL})|(?:${BARE}|${QUOTED})+`;

export function splitCommandAsV19(text: string): readonly string[] {
	const words: string[] = [];
	for (const match of text.replaceAll('$', String.raw`\$`).matchAll(new RegExp(CHUNK, 'g'))) {
		if (match[1] !== undefined) {
			words.push(match[1]);
			continue;
		}
		const word = readWord(match[0]);
		if (word.commented) {
			words.push(...(word.text === '' ? [''] : [word.text, '']));
			break;
		}
		words.push(word.text);
	}
	return words;
}

function readWord(chunk: string): { readonly text: string; readonly commented: boolean } {
	let text = '';
	let quote: string | undefined;
	for (let i = 0; i < chunk.length; i++) {
		const char = chunk.charAt(i);
		if (quote === undefined && char === '#') {
			return { text, commented: true };
		}
		if (quote === undefined && (char === "'" || char === '"')) {
			quote = char;
		} else if (char === quote) {
			quote = undefined;
		} else if (quote === "'") {
			text += char;
		} else if (char === '\\') {
			i++;
			const next = chunk.charAt(i);
			text += quote === '"' && !'"\\$'.includes(next) ? `\\${next}` : next;
		} else if (char === '$') {
			// Version 19 took a backslash before it for one that escapes itself, which left a variable without a value.
			i = endOfVariable(chunk, i);
		} else {
			text += char;
		}
	}
	return { text, commented: false };
}

function endOfVariable(chunk: string, start: number): number {
	const variable = /^\$(?:\{[^}]*\}|[*@#?$!_-].?|\w*)/.exec(chunk.slice(start))?.[0] ?? '$';
	return start + variable.length - 1;
}
