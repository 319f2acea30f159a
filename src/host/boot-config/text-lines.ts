/** A line as it stands in a file. */
export interface TextLine {
	/** Without its line end. */
	readonly text: string;
	/** Empty only for the last line. */
	readonly end: string;
}

export interface TextLines<L extends TextLine = TextLine> {
	/** A byte-order mark, if the file has one. */
	readonly mark: string;
	readonly lines: readonly L[];
}

const MARK = '\uFEFF';

/** Every byte of the text is in the result: it is edited line by line, and written back (decision D16). */
export function splitLines(text: string): TextLines {
	const mark = text.startsWith(MARK) ? MARK : '';
	const lines = [...text.slice(mark.length).matchAll(/([^\r\n]*)(\r\n|\n|\r|$)/g)]
		.filter(([whole]) => whole !== '')
		.map(([, content = '', end = '']) => ({ text: content, end }));
	return { mark, lines };
}

export function joinLines({ mark, lines }: TextLines): string {
	return mark + lines.map(({ text, end }) => text + end).join('');
}

/** The line end that new lines get. */
function lineEndOf({ lines }: TextLines): string {
	return lines.find(({ end }) => end !== '')?.end ?? '\n';
}

export function removeLines<F extends TextLines>(file: F, gone: readonly number[]): F {
	return { ...file, lines: file.lines.filter((_, index) => !gone.includes(index)) };
}

export function setText<F extends TextLines>(file: F, line: number, text: string): F {
	return { ...file, lines: file.lines.map((old, index) => (index === line ? { ...old, text } : old)) };
}

/** Before line `at`; at the end, the last line gets a line end first. */
export function insertLines<F extends TextLines>(file: F, at: number, texts: readonly string[]): F {
	const end = lineEndOf(file);
	const isAfterLast = at === file.lines.length && texts.length > 0;
	const lines = file.lines.map((line) => (line.end === '' && isAfterLast ? { ...line, end } : line));
	return { ...file, lines: lines.toSpliced(at, 0, ...texts.map((text) => ({ text, end }))) };
}
