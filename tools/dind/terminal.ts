/** How text is laid out for a person. */

/** What fits into a usual terminal. */
export const COLUMNS = 80;

const CODES = { red: 31, green: 32, yellow: 33, blue: 34, magenta: 35, cyan: 36 } as const;
export type Colour = keyof typeof CODES;
export type Paint = (colour: Colour, text: string) => string;

export const plain: Paint = (_colour, text) => text;

/** Colour is for people: only on a terminal, and not against their wish (no-color.org). */
export function choosePaint(
	stream: { readonly isTTY?: boolean },
	env: Readonly<Record<string, string | undefined>>,
): Paint {
	const isWanted = stream.isTTY === true && (env['NO_COLOR'] ?? '') === '' && env['TERM'] !== 'dumb';
	return isWanted ? (colour, text) => `\u001b[${CODES[colour]}m${text}\u001b[0m` : plain;
}

/** Columns two spaces apart; the last one is as long as it is. Paints whole cells, after their width is known. */
export function formatTable(
	rows: readonly (readonly string[])[],
	paintCell: (text: string, row: number, column: number) => string = (text) => text,
): readonly string[] {
	const widths: number[] = [];
	for (const row of rows) row.forEach((cell, at) => (widths[at] = Math.max(widths[at] ?? 0, cell.length)));
	return rows.map((row, line) => {
		const cells = row.map((cell, at) => {
			const padding = at === row.length - 1 ? '' : ' '.repeat((widths[at] ?? 0) - cell.length);
			return `${paintCell(cell, line, at)}${padding}`;
		});
		return cells.join('  ').trimEnd();
	});
}

/** Breaks at spaces; a word that is longer than a line stays whole, so that it can be copied. */
export function wrap(text: string, indent: number, columns = COLUMNS): readonly string[] {
	const lines: string[] = [];
	let line = '';
	for (const word of text.split(' ')) {
		if (line !== '' && indent + line.length + 1 + word.length > columns) {
			lines.push(line);
			line = word;
		} else line = line === '' ? word : `${line} ${word}`;
	}
	return [...lines, line].map((each) => `${' '.repeat(indent)}${each}`);
}

export function shorten(text: string, length: number): string {
	return text.length <= length ? text : `${text.slice(0, length - 1)}…`;
}

export function describeDuration(ms: number): string {
	const seconds = Math.max(0, Math.round(ms / 1000));
	if (seconds < 120) return `${seconds} s`;
	const minutes = Math.round(seconds / 60);
	if (minutes < 120) return `${minutes} min`;
	const hours = Math.round(minutes / 60);
	return hours < 48 ? `${hours} h` : `${Math.round(hours / 24)} d`;
}
