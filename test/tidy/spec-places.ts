/**
 * What a citation can point to, in the words of `findCitations`: `planner 9.4` is a section or a numbered paragraph,
 * `planner #48` a numbered check, `device-api accident 11` a row of that table, `C6` and `D9` the first cell of a row.
 */
interface Places {
	/** Names of the specification's files, without `.md`. */
	readonly files: readonly string[];
	has(citation: string): boolean;
}

const HEADING = /^#{2,4} (?:(?<number>\d+(?:\.\d+)*)\.? )?(?<title>.+)$/;
const BOLD_PARAGRAPH = /^\*\*(?<number>\d+(?:\.\d+)+) /;
const NUMBERED = /^(?:\| ?)?(?<number>\d+)(?: \||\. )/;
const ROW_IDS = /^\| (?<ids>(?:[CDEIP]\d+|Q-\d+)(?:, (?:[CDEIP]\d+|Q-\d+))*) \|/;

/** `texts`: the specification's files by name. */
export function readPlaces(texts: Readonly<Record<string, string>>, decisions: string): Places {
	const known = new Set(idsIn(decisions));
	for (const [file, text] of Object.entries(texts)) {
		for (const place of [file, ...numbersIn(file, text), ...idsIn(text)]) {
			known.add(place);
		}
	}
	return {
		files: Object.keys(texts),
		has(citation) {
			const [, file = '', words] = /^(\S+) "(.+)"$/.exec(citation) ?? [];
			return words === undefined
				? known.has(citation)
				: (texts[file] ?? '').toLowerCase().includes(words.toLowerCase());
		},
	};
}

/** `planner #1`, `planner #2` and so on. */
export function checksIn(file: string, text: string): readonly string[] {
	return numbersIn(file, text).filter((place) => place.startsWith(`${file} #`));
}

function idsIn(text: string): readonly string[] {
	return text.split('\n').flatMap((line) => ROW_IDS.exec(line)?.groups?.['ids']?.split(', ') ?? []);
}

function numbersIn(file: string, text: string): readonly string[] {
	const found: string[] = [];
	let section = { number: '', title: '' };
	for (const line of text.split('\n')) {
		const heading = HEADING.exec(line)?.groups;
		if (heading !== undefined) {
			section = { number: heading['number'] ?? '', title: heading['title'] ?? '' };
			found.push(`${file} ${section.number}`.trimEnd());
		}
		const paragraph = BOLD_PARAGRAPH.exec(line)?.groups?.['number'];
		if (paragraph !== undefined) found.push(`${file} ${paragraph}`);
		const item = NUMBERED.exec(line)?.groups?.['number'];
		if (item !== undefined) found.push(nameItem(file, section, item));
	}
	return found;
}

function nameItem(file: string, { number, title }: { number: string; title: string }, item: string): string {
	if (title === 'Conformance checks') return `${file} #${item}`;
	if (title.startsWith('Accidents')) return `${file} accident ${item}`;
	// The surprises of cloud-observed.md, which has no numbered sections.
	return number === '' ? `${file} ${item}` : `${file} ${number}.${item}`;
}
