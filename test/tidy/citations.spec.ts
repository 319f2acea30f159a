import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { expect } from 'chai';
import { findCitations, findSectionSigns, passagesOfSource, type Passage } from './citations.ts';
import { listFiles, PROJECT } from './sources.ts';
import { readPlaces } from './spec-places.ts';

const SOURCES = ['src', 'tools', 'test', 'build-utils', 'migrations', 'typings', 'docs'];
/** Their examples of citations are no citations. */
const EXAMPLES = ['test/tidy/citations.spec.ts', 'test/tidy/citations.ts', 'test/tidy/spec-places.ts'];

const places = readPlaces(readSpecification(), read('docs/decisions.md'));

describe('citations of the specification and of decisions', () => {
	it('point to a heading, a paragraph or a row that is there', () => {
		const files = [...SOURCES.flatMap(listFiles), ...readdirSync(PROJECT).filter((name) => name.endsWith('.md'))];
		const texts = files.filter((path) => /\.(ts|js|md|sh|txt)$/.test(path) && !EXAMPLES.includes(path));
		const cited = texts.flatMap((path) => citationsIn(path));
		expect(cited.length).to.be.above(1000);
		expect(cited.filter(({ citation }) => !places.has(citation)).map(({ where }) => where)).to.deep.equal([]);
	}).timeout(20_000);

	const cases: Readonly<Record<string, readonly string[]>> = {
		'(spec: planner 9.4)': ['planner', 'planner 9.4'],
		'(spec: compose 4, 6.2, 7.2): reads': ['compose', 'compose 4', 'compose 6.2', 'compose 7.2'],
		'(spec: host 4; device-api 2.1)': ['host', 'host 4', 'device-api', 'device-api 2.1'],
		'(spec: cloud-api 14.3 to 14.5)': ['cloud-api', 'cloud-api 14.3', 'cloud-api 14.5'],
		'Spec: planner 16.4. Nothing is aborted': ['planner', 'planner 16.4'],
		'(spec: planner P20, and common sense)': ['planner', 'P20'],
		'(spec: planner 14, check 56)': ['planner', 'planner 14', 'planner #56'],
		'(spec: device-api, accident 11)': ['device-api', 'device-api accident 11'],
		'(spec: cloud-observed, "State report")': ['cloud-observed', 'cloud-observed "State report"'],
		'left to the engine (planner 12)': ['planner', 'planner 12'],
		'decisions D20 to D24, (D26)': ['D20', 'D24', 'D26'],
		'I6 creation, Q-13, E4': ['I6', 'Q-13', 'E4'],
		'device-api #24 #25, cloud-api #46: renews': ['device-api #24', 'device-api #25', 'cloud-api #46'],
		'cloud-observed 5: registers': ['cloud-observed 5'],
		'(spec: v3-api 3; host 4)': ['v3-api', 'v3-api 3', 'host', 'host 4'],
		'(spec: plan 9.4)': ['plan'],
		'(spec: 9.4)': ['9.4)'],
		'(spec: planner 9.4, compos 3)': ['planner', 'planner 9.4', 'compos'],
		'spec: ServiceSpec, a path/C1, %C3, C12x, 2 of 3 (some 4)': ['ServiceSpec, a path/C1, %C3, C'],
	};
	for (const [text, expected] of Object.entries(cases)) {
		it(`are found in ${text}`, () => {
			expect(
				findCitations(text, ['planner', 'compose', 'host', 'device-api', 'cloud-api', 'cloud-observed', 'v3-api']),
			).to.deep.equal(expected);
		});
	}

	it('are found by section signs in the specification itself', () => {
		const text = '§8.1, C§8.7, `config.md` §5, planner §9, of §§8–17';
		const cited = ['host 8.1', 'compose 8.7', 'config 5', 'planner 9', 'host 8'];
		expect(findSectionSigns(text, 'host', ['planner', 'config', 'host', 'compose'])).to.deep.equal(cited);
	});

	it('are looked for in comments and texts, and not in code', () => {
		const text = [
			'/**',
			' * A lock (spec: planner',
			' * 9.4).',
			' */',
			"const D1 = { spec: planner, text: 'D2' }; // one",
			'// and the same',
			'const pattern = /C1/; const template = `D3 ${D4} // D5`;',
		].join('\n');
		expect(passagesOfSource('a.ts', text)).to.deep.equal([
			{ line: 5, text: 'D2' },
			{ line: 7, text: 'D3 $' },
			{ line: 7, text: ' // D5' },
			{ line: 1, text: '/** A lock (spec: planner 9.4). */' },
			{ line: 5, text: '// one and the same' },
		]);
	});

	it('resolve to headings, paragraphs, list items, checks, defects and decisions', () => {
		const text = [
			'## 1. Names',
			'### 1.2 Long',
			'**1.2.1 Bytes.** …',
			'1. first',
			'## 3. Accidents — summary',
			'| 11 | chain |',
			'## 4. Conformance checks',
			'| 7 | given | then |',
			'8. a line',
			'| P16, P17 | both |',
		].join('\n');
		const small = readPlaces({ host: text }, '| D9 | volumes |');
		const known = ['host', 'host 1', 'host 1.2', 'host 1.2.1', 'host accident 11', 'host #7'];
		expect(
			[...known, 'host #8', 'P16', 'P17', 'D9', 'host "a line"'].filter((place) => !small.has(place)),
		).to.deep.equal([]);
		const unknown = ['planner', 'host 2', 'host 1.3', 'host #9', 'host accident 7', 'P18', 'D1', 'host "b line"'];
		expect(unknown.filter((place) => small.has(place))).to.deep.equal([]);
	});
});

function citationsIn(path: string): readonly { readonly citation: string; readonly where: string }[] {
	const text = read(path);
	const passages = path.endsWith('.ts') ? passagesOfSource(path, text) : linesOf(text);
	const file = basename(path, '.md');
	return passages.flatMap((passage) =>
		[
			...findCitations(passage.text, places.files),
			...(path.startsWith('docs/spec/') ? findSectionSigns(passage.text, file, places.files) : []),
		].map((citation) => ({ citation, where: `${path}:${passage.line} ${citation}` })),
	);
}

function linesOf(text: string): readonly Passage[] {
	return text.split('\n').map((line, index) => ({ line: index + 1, text: line }));
}

function readSpecification(): Readonly<Record<string, string>> {
	const names = readdirSync(join(PROJECT, 'docs/spec')).filter((name) => name !== 'README.md');
	return Object.fromEntries(names.map((name) => [basename(name, '.md'), read(`docs/spec/${name}`)]));
}

function read(path: string): string {
	return readFileSync(join(PROJECT, path), 'utf8');
}
