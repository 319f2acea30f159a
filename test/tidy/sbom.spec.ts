import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { expect } from 'chai';
import type { Metafile } from 'esbuild';
import { bundle } from '../../build-utils/bundle.ts';
import { RUNTIME_PACKAGES } from '../../build-utils/runtime-tree.ts';
import { describePackages, listShippedPackages, readLockFile, type LockFile } from '../../build-utils/sbom.ts';
import { PROJECT } from './sources.ts';

describe('the list of shipped packages', function () {
	this.timeout(60_000);
	let folder = '';
	let metafile: Metafile;
	const lock = readLockFile();

	before(async () => {
		folder = mkdtempSync(join(tmpdir(), 'sbom-'));
		const entry = join(PROJECT, 'src/app.ts');
		metafile = await bundle({ entry, file: join(folder, 'app.js'), optimize: true, version: '1.2.3' });
	});
	after(() => rmSync(folder, { recursive: true }));

	/** By the package.json files on the disk, not by paths. */
	function readPackage(file: string): string | undefined {
		let place = dirname(resolve(file));
		while (place !== PROJECT && !isPackage(place)) place = dirname(place);
		return place === PROJECT ? undefined : nameOf(place);
	}

	/** Some packages have a package.json without a name in a folder, for its type. */
	function isPackage(place: string): boolean {
		return existsSync(join(place, 'package.json')) && nameOf(place) !== undefined;
	}

	function nameOf(place: string): string | undefined {
		const { name, version } = JSON.parse(readFileSync(join(place, 'package.json'), 'utf8')) as Record<string, string>;
		return name === undefined ? undefined : `${name}@${version}`;
	}

	it('has each package whose code is in the bundle or beside it, and no other', () => {
		const inputs = Object.values(metafile.outputs).flatMap((output) => Object.entries(output.inputs));
		const files = inputs.filter(([path, { bytesInOutput }]) => bytesInOutput > 0 && existsSync(path));
		const bundled = files.map(([path]) => readPackage(path)).filter((name) => name !== undefined);
		const beside = Object.keys(RUNTIME_PACKAGES).map((name) => nameOf(join(PROJECT, 'node_modules', name)));
		const { components } = describePackages(listShippedPackages(metafile), lock);
		const listed = components.map(({ name, version }) => `${name}@${version}`);
		expect(listed.length).to.be.above(50);
		expect(listed.toSorted()).to.deep.equal([...new Set([...bundled, ...beside])].sort());
		expect(listed.join(' ')).to.not.match(/(^| )(esbuild|typescript|mocha|ssh2|iconv-lite|mime-db)@/);
	});

	it('gives the version, licence, address and hash of each', () => {
		const { metadata, components, dependencies } = describePackages(listShippedPackages(metafile), lock);
		expect(metadata.component).to.deep.include({
			purl: `pkg:npm/balena-supervisor@${lock.version}`,
			licenses: [{ license: { id: 'Apache-2.0' } }],
		});
		const hash = /^sha512-(.*)$/.exec(lock.packages['node_modules/knex']?.integrity ?? '')?.[1] ?? '';
		const { version } = lock.packages['node_modules/knex'] ?? {};
		expect(components.find(({ name }) => name === 'knex')).to.deep.equal({
			type: 'library',
			'bom-ref': `pkg:npm/knex@${version}`,
			name: 'knex',
			version,
			licenses: [{ license: { id: 'MIT' } }],
			purl: `pkg:npm/knex@${version}`,
			hashes: [{ alg: 'SHA-512', content: Buffer.from(hash, 'base64').toString('hex') }],
		});
		for (const { name, licenses, hashes } of components) {
			expect(licenses, name).to.have.length(1);
			expect(hashes[0]?.content, name).to.match(/^[0-9a-f]{128}$/);
		}
		const refs = components.map((component) => component['bom-ref']);
		expect(new Set(refs).size).to.equal(refs.length);
		expect(dependencies[0]?.dependsOn).to.deep.equal(refs);
	});

	it('knows packages with a scope, of their own version, with several licences, and refuses one without a hash', () => {
		const packages: LockFile['packages'] = {
			'node_modules/@a/b': { version: '1.0.0', integrity: 'sha1-AAEC sha512-AwQF', license: '(MIT OR WTFPL)' },
			'node_modules/c/node_modules/@a/b': { version: '2.0.0', integrity: 'sha512-AwQF', license: 'Beerware' },
			'node_modules/d/node_modules/@a/b': { version: '2.0.0', integrity: 'sha512-AwQF', license: 'Beerware' },
			'node_modules/none': { version: '1.0.0' },
		};
		const own = { name: 'own', version: '3.0.0', packages };
		const keys = Object.keys(packages).slice(0, 3);
		expect(
			describePackages(keys, own).components.map(({ purl, licenses, hashes }) => ({ purl, licenses, hashes })),
		).to.deep.equal([
			{
				purl: 'pkg:npm/%40a/b@1.0.0',
				licenses: [{ expression: '(MIT OR WTFPL)' }],
				hashes: [
					{ alg: 'SHA-1', content: '000102' },
					{ alg: 'SHA-512', content: '030405' },
				],
			},
			{
				purl: 'pkg:npm/%40a/b@2.0.0',
				licenses: [{ license: { name: 'Beerware' } }],
				hashes: [{ alg: 'SHA-512', content: '030405' }],
			},
		]);
		expect(() => describePackages(['node_modules/none'], own)).to.throw('no hash of node_modules/none');
		expect(() => describePackages(['node_modules/unknown'], own)).to.throw('no version');
	});
});
