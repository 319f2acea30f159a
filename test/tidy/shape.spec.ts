import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { expect } from 'chai';
import ts from 'typescript';
import { MODULES } from './layers.ts';
import { lineOf, listFiles, placeOf, PROJECT, readSources, walk, type SourceFile } from './sources.ts';

const FILE_LINES_MAX = 400;
const FUNCTION_LINES_MAX = 60;

/** Longer than the rule allows because they are tables: nothing in them is to be understood at once. */
const TABLES: Readonly<Record<string, string>> = {};

const KEBAB_CASE = /^[a-z0-9]+(-[a-z0-9]+)*(\.[a-z0-9]+)*$/;
// Written so that this file does not break its own rule.
const OPEN_TASK = new RegExp(`(//|\\*).*\\b(${['TO', 'DO|FIX', 'ME|XX', 'X'].join('')})\\b(?!\\(#\\d+\\))`);
const SILENCED = /@ts-(ignore|nocheck|expect-error)/;

describe('files', () => {
	const program = [...readSources('src'), ...readSources('tools'), ...readSources('build-utils')];
	const tests = readSources('test');
	const everything = [...program, ...tests, ...readSources('migrations')];

	it(`are no longer than ${FILE_LINES_MAX} lines`, () => {
		const long = everything
			.map(({ path, text }) => ({ path, lines: text.split('\n').length - 1 }))
			.filter(({ path, lines }) => lines > FILE_LINES_MAX && !(path in TABLES));
		expect(long.map(({ path, lines }) => `${path}: ${lines} lines`)).to.deep.equal([]);
	});

	it(`have functions no longer than ${FUNCTION_LINES_MAX} lines`, () => {
		const long = program.filter(({ path }) => !(path in TABLES)).flatMap(findLongFunctions);
		expect(long).to.deep.equal([]);
	});

	it('are named in kebab-case', () => {
		// The names of migrations are recorded in the databases of devices.
		const named = ['src', 'tools', 'build-utils', 'test', 'typings'].flatMap(listFiles);
		expect(named.filter((path) => !KEBAB_CASE.test(basename(path)) && path.endsWith('.ts'))).to.deep.equal([]);
	});

	it('name the issue of each open task', () => {
		expect(everything.flatMap((file) => findLines(file, OPEN_TASK))).to.deep.equal([]);
	});

	it('do not silence the compiler', () => {
		const anys = [...program, ...tests].flatMap((file) => findNodes(file, ts.SyntaxKind.AnyKeyword));
		const silenced = everything
			.filter(({ path }) => path !== 'test/tidy/shape.spec.ts')
			.flatMap((file) => findLines(file, SILENCED));
		expect([...anys, ...silenced]).to.deep.equal([]);
	});

	it('export by name', () => {
		expect(program.flatMap((file) => findNodes(file, ts.SyntaxKind.ExportAssignment))).to.deep.equal([]);
	});

	it('explain each module at the top of its index', () => {
		const indexes = readSources('src').filter(({ path }) => basename(path) === 'index.ts');
		const silent = indexes.filter(({ text }) => !/^\/\*\*/.test(text)).map(({ path }) => path);
		expect(silent).to.deep.equal([]);
	});

	it('of each module have an index', () => {
		const paths = new Set(readSources('src').map(({ path }) => path));
		const folders = new Set(
			[...paths].map((path) =>
				path
					.split('/')
					.slice(0, path.includes('/adapters/') ? 3 : 2)
					.join('/'),
			),
		);
		const modules = [...folders].filter((folder) => MODULES.includes(folder.split('/')[1] ?? ''));
		const open = modules.filter(
			(folder) => ![...paths].some((path) => path.startsWith(folder) && path.endsWith('/index.ts')),
		);
		expect(open).to.deep.equal([]);
	});

	it('with tests are found by a command of package.json', () => {
		const patterns = readTestPatterns();
		const specs = listFiles('test').filter((path) => path.endsWith('.spec.ts'));
		expect(specs.filter((path) => !patterns.some((pattern) => pattern.test(path)))).to.deep.equal([]);
	});

	it('that are excused still are too long', () => {
		const sources = new Map(everything.map((file) => [file.path, file]));
		const idle = Object.keys(TABLES).filter((path) => {
			const file = sources.get(path);
			return (
				file === undefined || (file.text.split('\n').length <= FILE_LINES_MAX && findLongFunctions(file).length === 0)
			);
		});
		expect(idle).to.deep.equal([]);
	});
});

function findLongFunctions(file: SourceFile): readonly string[] {
	const long: string[] = [];
	walk(file.tree, (node) => {
		if (!ts.isFunctionLike(node) || !('body' in node) || node.body === undefined) return;
		const lines = lineOf(file.tree, node.end) - lineOf(file.tree, node.getStart(file.tree)) + 1;
		if (lines > FUNCTION_LINES_MAX) long.push(`${placeOf(file, node)}: ${lines} lines`);
	});
	return long;
}

function findNodes(file: SourceFile, kind: ts.SyntaxKind): readonly string[] {
	const places: string[] = [];
	walk(file.tree, (node) => {
		if (node.kind === kind) places.push(placeOf(file, node));
	});
	return places;
}

function findLines(file: SourceFile, pattern: RegExp): readonly string[] {
	return file.text
		.split('\n')
		.flatMap((line, index) => (pattern.test(line) ? [`${file.path}:${index + 1}: ${line.trim()}`] : []));
}

/** The patterns that the scripts of package.json give to mocha. */
function readTestPatterns(): readonly RegExp[] {
	const { scripts } = JSON.parse(readFileSync(join(PROJECT, 'package.json'), 'utf8')) as {
		readonly scripts: Readonly<Record<string, string>>;
	};
	return Object.values(scripts)
		.filter((script) => script.includes('mocha '))
		.flatMap((script) => [...script.matchAll(/'(test\/[^']+)'/g)].map(([, glob = '']) => toPattern(glob)));
}

function toPattern(glob: string): RegExp {
	const source = glob.replace(/\*\*\/|\*|\{[^}]*\}|[.+?()]/g, (part) => {
		if (part === '**/') return '(.*/)?';
		if (part === '*') return '[^/]*';
		return part.startsWith('{') ? `(${part.slice(1, -1).replaceAll(',', '|')})` : `\\${part}`;
	});
	return new RegExp(`^${source}$`);
}
