import { readFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import type { Metafile } from 'esbuild';
import { RUNTIME_PACKAGES } from './runtime-tree.ts';

const PROJECT = join(import.meta.dirname, '..');
/** Of the SPDX list; a licence of another name is given as text. */
const SPDX = ['0BSD', 'Apache-2.0', 'BSD-2-Clause', 'BSD-3-Clause', 'BlueOak-1.0.0', 'CC0-1.0', 'ISC', 'MIT'];

/** As much of package-lock.json as is used here; npm checks the file. */
export interface LockFile {
	readonly name: string;
	readonly version: string;
	readonly packages: Readonly<Record<string, LockedPackage>>;
}

interface LockedPackage {
	readonly name?: string;
	readonly version?: string;
	readonly license?: string;
	readonly integrity?: string;
}

export function readLockFile(): LockFile {
	return JSON.parse(readFileSync(join(PROJECT, 'package-lock.json'), 'utf8')) as LockFile;
}

/** Keys in package-lock.json of the packages whose code a device gets: in a bundle, or beside it. */
export function listShippedPackages(...metafiles: readonly Metafile[]): readonly string[] {
	const outputs = metafiles.flatMap((metafile) => Object.values(metafile.outputs));
	const bundled = outputs.flatMap(({ inputs }) =>
		Object.entries(inputs)
			.filter(([, { bytesInOutput }]) => bytesInOutput > 0)
			.map(([path]) => keyOf(relative(PROJECT, resolve(path)))),
	);
	const beside = Object.keys(RUNTIME_PACKAGES).map((name) => `node_modules/${name}`);
	return [...new Set([...bundled, ...beside])].filter((key) => key !== undefined).sort();
}

/** A package may have its own version of another one: `node_modules/a/node_modules/b/index.js`. */
function keyOf(path: string): string | undefined {
	return /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(path)?.[0];
}

/** A list of what is shipped, in the format CycloneDX 1.6. The same packages give the same bytes. */
export function describePackages(keys: readonly string[], lock: LockFile) {
	const own = `pkg:npm/${lock.name}@${lock.version}`;
	const described = keys.map((key) => describePackage(key, lock));
	// One version of a package may be installed at several places.
	const components = [...new Map(described.map((component) => [component.purl, component])).values()];
	return {
		$schema: 'http://cyclonedx.org/schema/bom-1.6.schema.json',
		bomFormat: 'CycloneDX',
		specVersion: '1.6',
		version: 1,
		metadata: {
			component: {
				type: 'application',
				'bom-ref': own,
				name: lock.name,
				version: lock.version,
				licenses: describeLicence(lock.packages['']?.license),
				purl: own,
			},
		},
		components,
		dependencies: [{ ref: own, dependsOn: components.map((component) => component['bom-ref']) }],
	};
}

function describePackage(key: string, lock: LockFile) {
	const locked = lock.packages[key];
	if (locked?.version === undefined || locked.integrity === undefined) {
		throw new Error(`package-lock.json has no version or no hash of ${key}`);
	}
	const name = locked.name ?? key.slice(key.lastIndexOf('node_modules/') + 'node_modules/'.length);
	const purl = `pkg:npm/${name.replace(/^@/, '%40')}@${locked.version}`;
	return {
		type: 'library',
		'bom-ref': purl,
		name,
		version: locked.version,
		licenses: describeLicence(locked.license),
		purl,
		hashes: locked.integrity.split(' ').map(describeHash),
	};
}

function describeLicence(license: string | undefined) {
	if (license === undefined) return [];
	if (/ (OR|AND|WITH) /.test(license)) return [{ expression: license }];
	return [{ license: SPDX.includes(license) ? { id: license } : { name: license } }];
}

/** npm writes base64, CycloneDX hexadecimal digits. */
function describeHash(integrity: string) {
	const [, bits = '', base64 = ''] = /^sha(\d+)-(.+)$/.exec(integrity) ?? [];
	return { alg: `SHA-${bits}`, content: Buffer.from(base64, 'base64').toString('hex') };
}
