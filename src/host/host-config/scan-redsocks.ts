/** One `key = value;` of a block, by its places in the text. */
export interface Statement {
	readonly key: string;
	/** As it stands, with quotes. */
	readonly value: string;
	/** Without the blanks before, and with the `;`. */
	readonly start: number;
	readonly end: number;
	readonly valueStart: number;
	readonly valueEnd: number;
}

export interface Block {
	readonly label: string;
	readonly start: number;
	/** After the `}`. */
	readonly end: number;
	/** Of the `}`; the end of the text without one. */
	readonly bodyEnd: number;
	readonly statements: readonly Statement[];
	/** Pieces that are neither statement nor comment. */
	readonly malformed: readonly string[];
}

interface Piece {
	readonly text: string;
	readonly at: number;
}

const HEAD = /(?:^|\s)([\w-]+)\s*\{/g;
/** On its own line, or after the last value. A `}` within a value is part of it. */
const END = /^\}(?:\s|$)|[;\s]\}$/;
const LINE_COMMENT = /^(?:#|\/\/)/;
/** A comment after a value: only after its `;`, because a value may hold anything else. */
const COMMENT_BEHIND = /;[ \t]*(?:#|\/\/|\/\*)[^;]*$/;

/** The blocks of a redsocks.conf (spec: host 5.5), in their order. Text outside of blocks, and comments, are skipped. */
export function scanRedsocks(text: string): readonly Block[] {
	const blocks: Block[] = [];
	const head = new RegExp(HEAD);
	for (let found = head.exec(text); found !== null; found = head.exec(text)) {
		const [whole, label = ''] = found;
		const start = found.index + whole.search(/\S/);
		if (isInComment(text, start)) {
			continue;
		}
		const { bodyEnd, end, pieces } = scanBody(text, head.lastIndex);
		blocks.push({ label, start, end, bodyEnd, ...readPieces(pieces) });
		// The head of a block may begin with the line break of the line before.
		head.lastIndex = Math.max(head.lastIndex, end - 1);
	}
	return blocks;
}

/** A line comment, or a block comment that is still open. */
function isInComment(text: string, at: number): boolean {
	const lineStart = text.lastIndexOf('\n', at - 1) + 1;
	return /#|\/\//.test(text.slice(lineStart, at)) || text.lastIndexOf('/*', at) > text.lastIndexOf('*/', at);
}

function scanBody(
	text: string,
	from: number,
): { readonly bodyEnd: number; readonly end: number; readonly pieces: readonly Piece[] } {
	const pieces: Piece[] = [];
	let isCommented = false;
	for (let at = from; at < text.length;) {
		const lineEnd = text.indexOf('\n', at);
		const next = lineEnd < 0 ? text.length : lineEnd + 1;
		const raw = text.slice(at, lineEnd < 0 ? text.length : lineEnd);
		const line = { text: raw.trim(), at: at + raw.length - raw.trimStart().length };
		at = next;
		const wasCommented = isCommented;
		isCommented = isCommented || line.text.startsWith('/*') ? !line.text.includes('*/') : false;
		if (wasCommented || line.text.startsWith('/*') || LINE_COMMENT.test(line.text)) {
			continue;
		}
		if (!END.test(line.text)) {
			pieces.push(line);
			continue;
		}
		const brace = line.text.startsWith('}') ? 0 : line.text.length - 1;
		pieces.push({ ...line, text: line.text.slice(0, brace).trimEnd() });
		return { bodyEnd: line.at + brace, end: line.at + brace + 1, pieces };
	}
	return { bodyEnd: text.length, end: text.length, pieces };
}

function readPieces(lines: readonly Piece[]): Pick<Block, 'statements' | 'malformed'> {
	const statements: Statement[] = [];
	const malformed: string[] = [];
	for (const piece of lines.flatMap(splitLine)) {
		const statement = readStatement(piece);
		if (statement !== undefined) {
			statements.push(statement);
		} else if (piece.text !== '') {
			malformed.push(piece.text);
		}
	}
	return { statements, malformed };
}

/** Several statements may share a line. */
function splitLine({ text, at }: Piece): readonly Piece[] {
	const behind = COMMENT_BEHIND.exec(text);
	const code = behind === null ? text : text.slice(0, behind.index + 1);
	const pieces: Piece[] = [];
	let start = 0;
	for (const { index, 0: separator } of code.matchAll(/;[ \t]*(?=[\w-]+[ \t]*=)/g)) {
		const isQuoted = (code.slice(start, index).split('"').length - 1) % 2 === 1;
		if (!isQuoted) {
			pieces.push({ text: code.slice(start, index + 1), at: at + start });
			start = index + separator.length;
		}
	}
	return [...pieces, { text: code.slice(start), at: at + start }];
}

function readStatement({ text, at }: Piece): Statement | undefined {
	const body = text.replace(/;$/, '');
	const equals = body.indexOf('=');
	const key = equals < 0 ? '' : body.slice(0, equals).trim();
	const value = equals < 0 ? '' : body.slice(equals + 1).trim();
	if (key === '' || value === '') {
		return undefined;
	}
	const valueStart = at + equals + 1 + body.slice(equals + 1).search(/\S/);
	return { key, value, start: at, end: at + text.length, valueStart, valueEnd: valueStart + value.length };
}
