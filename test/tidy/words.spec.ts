import { expect } from 'chai';
import { readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { PROJECT, readSources } from './sources.ts';

/** Words that keep a reader from finding the subject of a sentence, or that have a term of their own in docs/glossary.md. */
const WORDS: readonly (readonly [word: RegExp, instead: string])[] = [
	[/\b(nobody|no one)\b/i, 'name what is absent: "no client", "unused", "is not read"'],
	[/\b(somebody|someone's|anybody|whoever)\b/i, 'name the actor: a user, the caller, another program'],
	[/\b(another|other|outside) hands?\b/i, 'changed outside the supervisor'],
	[/\blamps?\b/i, 'LED'],
	[/\b(hollow)\b/i, 'delta base only'],
	[/\b(forgives?|forgiven)\b/i, 'reset the backoff'],
	[/\bwitness(es)?\b/i, 'reachability observer'],
	[/\bended by a bug\b/i, 'unexpected error, exiting'],
	[/\bleft alone\b/i, 'skipped, unchanged'],
	[/\b(holds?|held) up\b/i, 'delays, blocks'],
	[/\b(is|are) let\b/i, 'may, is admitted, is released'],
	[/\bgoes on\b/i, 'continues'],
];

/** Words of the program only: tests may record what was said. */
const PROGRAM_WORDS: typeof WORDS = [
	[/\b(told|tell(s|ing|er)?)\b/i, 'report, notify the user, or say what is known'],
	[/\b(told|tell)[A-Z]|[a-z](Told|Tell)/, 'report, notify'],
];
/** TODO(#13): they are renamed with the snapshot of settings. */
const NOT_YET = 'src/config/';

const THIS_FILE = relative(PROJECT, import.meta.filename);
const FOLDERS = ['src', 'tools', 'build-utils', 'test'];
/** The specification is not ours to reword, and the glossary names old words. */
const DOCUMENTS = ['README.md', 'ARCHITECTURE.md', 'CHANGELOG.md', 'CONTRIBUTING.md', 'SECURITY.md', 'docs/style.md'];

function findWords(text: string, words = WORDS): readonly string[] {
	return text
		.split('\n')
		.flatMap((line, n) =>
			words.flatMap(([word, instead]) => (word.test(line) ? [`${n + 1}: ${line.trim()} (${instead})`] : [])),
		);
}

describe('words', () => {
	it('are those of the field and of the glossary', () => {
		const sources = FOLDERS.flatMap(readSources).filter(({ path }) => path !== THIS_FILE);
		const documents = DOCUMENTS.map((path) => ({ path, text: readFileSync(join(PROJECT, path), 'utf8') }));
		const found = [...sources, ...documents].flatMap(({ path, text }) =>
			findWords(text).map((place) => `${path}:${place}`),
		);
		expect(found).to.deep.equal([]);
	});

	it('of the program report and notify', () => {
		const sources = readSources('src').filter(({ path }) => !path.startsWith(NOT_YET));
		const found = sources.flatMap(({ path, text }) =>
			findWords(text, PROGRAM_WORDS).map((place) => `${path}:${place}`),
		);
		expect(found).to.deep.equal([]);
		for (const line of ['#told = new Set()', 'this.#tellProblems(problems)', 'isTold', '// the user is told once']) {
			expect(findWords(line, PROGRAM_WORDS), line).to.have.length(1);
		}
		expect(findWords('// forgetOld, a satellite', PROGRAM_WORDS)).to.deep.equal([]);
	});

	for (const [line, count] of [
		['// nobody reads it', 1],
		['// changed by other hands', 1],
		['const lamp = 1;', 1],
		['// a slow listener holds up the others', 1],
		['// no client reads it', 0],
		['// handed over', 0],
	] as const) {
		it(`${count === 0 ? 'leaves' : 'finds'} "${line}"`, () => {
			expect(findWords(line)).to.have.length(count);
		});
	}
});
