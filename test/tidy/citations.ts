import ts from 'typescript';
import { parseText, walk } from './sources.ts';

const LIST_START = /\bspec: |\((?=[a-z-]+ \d)/gi;
const TOKEN =
	/[\s,;]*(?:(?<join>(?:and|to)\b)|(?<decision>decisions? (?=D\d))|(?<mark>(?:[CDEIP][1-9]\d?|Q-[1-9]\d?)(?!\w))|check (?<check>\d+)|accident (?<accident>\d+)|"(?<words>[^"]+)"|(?<number>\d+(?:\.\d+)*)(?!\w)|(?<file>[a-z]+\d?(?:-[a-z]+)*\b))/y;
const MARK = /(?<![\w/.:@$%-])(?:[CDEIP][1-9]\d?|Q-[1-9]\d?)(?![\w-])/g;
const CHECKS = /(?<![\w-])(?<file>[a-z]+\d?(?:-[a-z]+)*) (?<numbers>#\d+(?:,? #\d+)*)/g;
const SURPRISE = /\bcloud-observed \d+\b/g;
const SECTION_SIGN = /(?:(?<file>[a-z]+(?:-[a-z]+)*)(?:\.md`?)? |(?<compose>C)?)§§?(?<number>\d+(?:\.\d+)*)/g;

/** Every citation in a text, in the form that `Places` knows; a file that is not there is left as it is written. */
export function findCitations(text: string, files: readonly string[]): readonly string[] {
	const lists = [...text.matchAll(LIST_START)].flatMap(({ 0: start, index }) =>
		readList(text, index + start.length, { files, isCertain: start !== '(' }),
	);
	const checks = [...text.matchAll(CHECKS)].flatMap(({ groups }) => {
		const numbers = groups?.['numbers']?.match(/#\d+/g) ?? [];
		return numbers.map((number) => `${groups?.['file'] ?? ''} ${number}`);
	});
	return [...lists, ...checks, ...(text.match(MARK) ?? []), ...(text.match(SURPRISE) ?? [])];
}

interface ListOptions {
	readonly files: readonly string[];
	/** It begins with `spec:`, so what follows must be a file of the specification. */
	readonly isCertain: boolean;
}

/** `planner 4, 16.5, compose C10 and 2.1`; ends at the first word that belongs to no citation. */
function readList(text: string, start: number, { files, isCertain }: ListOptions): readonly string[] {
	const token = new RegExp(TOKEN);
	const found: string[] = [];
	let file: string | undefined;
	token.lastIndex = start;
	for (let match = token.exec(text); match !== null; match = token.exec(text)) {
		const { file: word, number, check, accident, words } = match.groups ?? {};
		if (word !== undefined) {
			if (!files.includes(word)) {
				const isNamed = file === undefined ? isCertain : /^ \d/.test(text.slice(token.lastIndex));
				return isNamed ? [...found, word] : found;
			}
			file = word;
			found.push(word);
		}
		if (number !== undefined) found.push(`${file ?? ''} ${number}`);
		if (check !== undefined) found.push(`${file ?? ''} #${check}`);
		if (accident !== undefined) found.push(`${file ?? ''} accident ${accident}`);
		if (words !== undefined) found.push(`${file ?? ''} "${words}"`);
	}
	return file === undefined && isCertain ? [text.slice(start, start + 30)] : found;
}

/** `§8.1` is a section of the same file, `C§8.7` one of compose.md, `config.md` §5 and planner §9 of the file named. */
export function findSectionSigns(text: string, file: string, files: readonly string[]): readonly string[] {
	return [...text.matchAll(SECTION_SIGN)].map(({ groups }) => {
		const named = files.find((name) => name === groups?.['file']);
		return `${groups?.['compose'] === undefined ? (named ?? file) : 'compose'} ${groups?.['number'] ?? ''}`;
	});
}

export interface Passage {
	readonly line: number;
	readonly text: string;
}

/** Of a TypeScript file only what people read: comments, each joined to one line, and texts. */
export function passagesOfSource(path: string, text: string): readonly Passage[] {
	const { tree } = parseText(path, text);
	const found: Passage[] = [];
	let rest = text;
	const lineAt = (position: number) => tree.getLineAndCharacterOfPosition(position).line + 1;
	walk(tree, (node) => {
		if (!isText(node)) return;
		const [start, end] = [node.getStart(tree), node.getEnd()];
		rest = rest.slice(0, start) + rest.slice(start, end).replace(/[^\n]/g, ' ') + rest.slice(end);
		if (!ts.isRegularExpressionLiteral(node)) found.push({ line: lineAt(start), text: text.slice(start + 1, end - 1) });
	});
	for (const { 0: comment, index } of rest.matchAll(/\/\*[\s\S]*?\*\/|\/\/[^\n]*(?:\n\s*\/\/[^\n]*)*/g)) {
		found.push({ line: lineAt(index), text: comment.replace(/\s*\n\s*(?:\*(?!\/)|\/\/)?\s*/g, ' ') });
	}
	return found;
}

function isText(node: ts.Node): boolean {
	return ts.isStringLiteralLike(node) || ts.isTemplateLiteralToken(node) || ts.isRegularExpressionLiteral(node);
}
