import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { expect } from 'chai';
import { findUnreadMembers, findUnusedExports } from './find-unused.ts';
import { listFiles, parseText, PROJECT, readSources } from './sources.ts';

/** What is kept although nothing seems to use it, and why. */
const EXPORTS_KEPT: Readonly<Record<string, string>> = {
	'src/device-state/planner/explain-plan.ts explainPlan': 'tests show plans as text',
};
const FILES_KEPT: Readonly<Record<string, string>> = {
	'src/app.ts': 'the process',
	'src/page/main.tsx': 'the page, which is bundled by itself',
};
const PACKAGES_KEPT: Readonly<Record<string, string>> = {
	'oxlint-tsgolint': 'oxlint runs it',
	sqlite3: 'knex loads it by its name',
	'@types/node': 'types of Node.js itself',
	'@types/mocha': 'types of the globals of tests',
};
const MEMBERS_KEPT: Readonly<Record<string, string>> = {
	outcomeOf: 'the contract suite of stores reads how a request has ended',
};

describe('unused code', () => {
	const program = readSources('src');
	const rest = ['tools', 'test', 'build-utils', 'migrations'].flatMap(readSources);
	const files = [...program, ...rest];
	const manifest = JSON.parse(readFileSync(join(PROJECT, 'package.json'), 'utf8')) as {
		readonly scripts: Readonly<Record<string, string>>;
		readonly dependencies: Readonly<Record<string, string>>;
		readonly devDependencies: Readonly<Record<string, string>>;
	};

	it('is not exported', () => {
		const unused = findUnusedExports(files).filter(({ file, name }) => !(`${file} ${name}` in EXPORTS_KEPT));
		expect(unused.map(({ place, name }) => `${place} exports ${name}`)).to.deep.equal([]);
	});

	it('is no member of a class', () => {
		const readers = [...program, ...readSources('tools'), ...readSources('build-utils')];
		const unread = findUnreadMembers(program, readers).filter(({ name }) => !(name in MEMBERS_KEPT));
		expect(unread.map(({ place, name }) => `${place} has ${name}`)).to.deep.equal([]);
	});

	it('is no file', () => {
		const imported = new Set(files.flatMap(({ imports }) => imports.map(({ name }) => name)));
		// Programs are named by their file in package.json, in what starts them, or in a text.
		const texts = ['package.json', 'README.md', 'dindctl', 'entry.sh', ...files.map(({ path }) => path)];
		const named = texts.map((path) => ({ path, text: readFileSync(join(PROJECT, path), 'utf8') }));
		const isNamed = (path: string) => named.some((one) => one.path !== path && one.text.includes(basename(path)));
		const unused = files
			.map(({ path }) => path)
			.filter((path) => !imported.has(path) && !path.endsWith('.spec.ts') && !path.startsWith('migrations/'))
			.filter((path) => !(path in FILES_KEPT) && (path.startsWith('src/') || !isNamed(path)));
		expect(unused).to.deep.equal([]);
	});

	it('is no package: the program imports its dependencies, tools and tests the others', () => {
		const knexfile = parseText('knexfile.ts', readFileSync(join(PROJECT, 'knexfile.ts'), 'utf8'));
		const packagesOf = (sources: readonly { readonly imports: (typeof files)[number]['imports'] }[]) =>
			new Set(
				sources.flatMap(({ imports }) => imports.filter(({ kind }) => kind === 'package').map(({ name }) => name)),
			);
		const hasImport = (names: ReadonlySet<string>, name: string) =>
			[...names].some((imported) => imported === name || imported.startsWith(`${name}/`));
		const ofProgram = packagesOf([...program, ...readSources('migrations')]);
		const ofAll = packagesOf([...files, knexfile]);
		const named = ['build-utils/lint.ts', '.prettierrc.json'].map((path) => readFileSync(join(PROJECT, path), 'utf8'));
		const commands = [...Object.values(manifest.scripts), ...named];
		const isCommand = (name: string) => commands.some((text) => new RegExp(`(?<![\\w-])${name}(?![\\w-])`).test(text));
		const unused = [
			...Object.keys(manifest.dependencies).filter((name) => !hasImport(ofProgram, name)),
			...Object.keys(manifest.devDependencies).filter((name) => {
				const typed = name.replace(/^@types\//, '');
				return !hasImport(ofAll, typed) && !isCommand(name);
			}),
		];
		expect(unused.filter((name) => !(name in PACKAGES_KEPT))).to.deep.equal([]);
	});

	it('is nothing that is kept for a reason that is gone', () => {
		const known = new Set(listFiles('src'));
		const kept = [...Object.keys(EXPORTS_KEPT).map((key) => key.split(' ')[0] ?? ''), ...Object.keys(FILES_KEPT)];
		expect(kept.filter((path) => !known.has(path))).to.deep.equal([]);
		const packages = { ...manifest.dependencies, ...manifest.devDependencies };
		expect(Object.keys(PACKAGES_KEPT).filter((name) => !(name in packages))).to.deep.equal([]);
	});
});

describe('the search for unused exports', () => {
	const unused = (texts: Readonly<Record<string, string>>) =>
		findUnusedExports(Object.entries(texts).map(([path, text]) => parseText(path, text))).map(
			({ file, name }) => `${file} ${name}`,
		);

	it('finds what nothing imports, what only a test imports, and unused re-exports of an index', () => {
		expect(
			unused({
				'src/a.ts': 'export const used = 1; export const dead = 2; export interface Tested {} export type Type = 1;',
				'src/m/index.ts': "export { inner, spare } from './inner.ts';",
				'src/m/inner.ts': 'export const inner = 1; export const spare = 2;',
				'src/b.ts': "import { used } from './a.ts'; import { inner } from './m/index.ts'; used; inner;",
				'test/a.spec.ts': "import type { Tested } from '../src/a.ts';",
			}),
		).to.deep.equal([
			'src/a.ts dead',
			'src/a.ts Tested',
			'src/a.ts Type',
			'src/m/index.ts spare',
			'src/m/inner.ts spare',
		]);
	});

	it('lets a test have what the file itself uses, and a test have from an index what the program uses elsewhere', () => {
		expect(
			unused({
				'src/m/index.ts': "export { helper } from './a.ts'; export { run } from './a.ts';",
				'src/m/a.ts': 'export const helper = 1; export const run = () => helper;',
				'src/b.ts': "import { run } from './m/index.ts'; run();",
				'test/a.spec.ts': "import { helper } from '../src/m/index.ts';",
			}),
		).to.deep.equal([]);
	});

	it('follows renamed and complete re-exports, and imports of all, of types and at run time', () => {
		expect(
			unused({
				'src/a.ts': 'export const one = 1; export const two = 2; export interface Three {} export const four = 4;',
				'src/all.ts': "export * from './a.ts';",
				'src/index.ts': "export { one as uno, two } from './all.ts';",
				'src/b.ts': "import { uno } from './index.ts'; type T = import('./all.ts').Three; uno;",
				'src/c.ts': "await import('./d.ts');",
				'src/d.ts': 'export const whole = 1;',
			}),
		).to.deep.equal(['src/a.ts two', 'src/a.ts four', 'src/index.ts two']);
	});
});
