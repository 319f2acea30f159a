import { dirname } from 'node:path';
import { expect } from 'chai';
import { findCycles } from './find-cycles.ts';
import {
	isEnteredByIndex,
	isLayerAllowed,
	isNodePartAllowed,
	isPackageAllowed,
	layerOf,
	MAY_IMPORT,
} from './layers.ts';
import { PROJECT, readSources, type ImportedModule, type SourceFile } from './sources.ts';

describe('imports', () => {
	const sources = readSources('src');
	const all = sources.flatMap((file) => file.imports.map((imported) => ({ file, imported })));

	/** What breaks a rule, as lines that an editor can open. */
	function offences(
		kind: ImportedModule['kind'],
		isAllowed: (file: SourceFile, imported: ImportedModule) => boolean,
	): readonly string[] {
		return all
			.filter(({ file, imported }) => imported.kind === kind && !isAllowed(file, imported))
			.map(({ imported }) => `${imported.place} imports ${imported.name}`);
	}

	it('go downward only', () => {
		expect(offences('file', (file, { name }) => isLayerAllowed(file.path, name))).to.deep.equal([]);
	});

	it('know every folder of src', () => {
		const unknown = sources.map(({ path }) => layerOf(path).replace(/^adapters\/.*/, 'adapters'));
		expect([...new Set(unknown)].filter((layer) => !(layer in MAY_IMPORT))).to.deep.equal([]);
	});

	it('enter a module through its index', () => {
		expect(offences('file', (file, imported) => isEnteredByIndex(file.path, imported))).to.deep.equal([]);
	});

	it('never reach the index of a folder from inside it', () => {
		const isInside = (file: SourceFile, { name }: ImportedModule) =>
			name.endsWith('/index.ts') && file.path.startsWith(`${dirname(name)}/`);
		expect(offences('file', (file, imported) => !isInside(file, imported))).to.deep.equal([]);
	});

	it('form no cycles, in tools and tests neither', () => {
		const files = [...sources, ...['tools', 'test', 'build-utils'].flatMap(readSources)];
		const graph = new Map(
			files.map(({ path, imports }) => [path, imports.filter(({ kind }) => kind === 'file').map(({ name }) => name)]),
		);
		expect(findCycles(graph)).to.deep.equal([]);
	});

	it('take each package in its one folder', () => {
		expect(offences('package', (file, { name }) => isPackageAllowed(file.path, name))).to.deep.equal([]);
	});

	it('take the parts of Node that touch the world in adapters only', () => {
		expect(offences('node', (file, { name }) => isNodePartAllowed(file.path, name))).to.deep.equal([]);
	});

	it('of migrations stay among migrations', () => {
		const leaks = readSources('migrations').flatMap(({ imports }) =>
			imports.filter(({ kind, name }) => kind === 'file' && !name.startsWith('migrations/')),
		);
		expect(leaks, `in ${PROJECT}/migrations`).to.deep.equal([]);
	});
});

describe('the search for cycles', () => {
	it('finds the shortest way round', () => {
		const graph = new Map([
			['a', ['b', 'd']],
			['b', ['c']],
			['c', ['a']],
			['d', []],
		]);
		expect(findCycles(graph)).to.deep.equal(['a → b → c → a']);
	});
});

describe('the table of layers', () => {
	for (const [from, to, isAllowed] of [
		['src/lib/a.ts', 'src/domain/b.ts', false],
		['src/domain/a.ts', 'src/lib/b.ts', true],
		['src/config/a.ts', 'src/application-manager/index.ts', false],
		['src/device-api/a.ts', 'src/config/index.ts', true],
		['src/device-state/a.ts', 'src/logger/index.ts', false],
		['src/adapters/http/a.ts', 'src/adapters/docker/index.ts', false],
		['src/adapters/http/a.ts', 'src/config/index.ts', false],
		['src/config/a.ts', 'src/adapters/files/index.ts', false],
		['src/ports/a.ts', 'src/domain/b.ts', true],
		['src/supervisor.ts', 'src/adapters/docker/index.ts', true],
		['src/config/a.ts', 'src/supervisor.ts', false],
	] as const) {
		it(`${isAllowed ? 'lets' : 'does not let'} ${from} import ${to}`, () => {
			expect(isLayerAllowed(from, to)).to.equal(isAllowed);
		});
	}

	it('gives each package its folder', () => {
		expect(isPackageAllowed('src/adapters/sqlite/a.ts', 'knex')).to.equal(true);
		expect(isPackageAllowed('src/config/a.ts', 'knex')).to.equal(false);
		expect(isPackageAllowed('src/lib/a.ts', 'lodash/isEqual.js')).to.equal(true);
		expect(isPackageAllowed('src/lib/a.ts', 'lodash')).to.equal(false);
		expect(isPackageAllowed('src/lib/a.ts', 'never-heard-of')).to.equal(false);
	});
});
