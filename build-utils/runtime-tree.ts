import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';

const PROJECT = join(import.meta.dirname, '..');
const BINARY = 'node_modules/sqlite3/build/Release/node_sqlite3.node';

const OWN_FILES = ['entry.sh', 'mount-partitions.sh', 'update-supervisor.sh', 'package.json', 'LICENSE'];
/**
 * The packages that stay outside of the bundle, and their files that are run. The program needs only the binary of
 * sqlite3; agents that import sqlite3 by themselves need the rest (spec: host 14.4).
 */
export const RUNTIME_PACKAGES: Readonly<Record<string, readonly string[]>> = {
	sqlite3: ['package.json', 'LICENSE', 'lib/sqlite3.js', 'lib/sqlite3-binding.js', 'lib/trace.js'],
	bindings: ['package.json', 'LICENSE.md', 'bindings.js'],
	'file-uri-to-path': ['package.json', 'LICENSE', 'index.js'],
};

export class RuntimeTreeError extends Error {}

/** Lays out what is run on a device, without Node.js: the same for the image, the tests and measurements. */
export function makeRuntimeTree(options: {
	readonly dist: string;
	readonly folder: string;
	/** Of sqlite3, for another architecture than this machine's. */
	readonly binary?: string | undefined;
}): void {
	const { dist, folder, binary } = options;
	if (!existsSync(join(dist, 'app.js'))) throw new RuntimeTreeError(`there is no program in ${dist}: npm run build`);
	if (existsSync(folder) && readdirSync(folder).length > 0) throw new RuntimeTreeError(`${folder} is not empty`);
	cpSync(dist, join(folder, 'dist'), { recursive: true });
	const ofPackages = Object.entries(RUNTIME_PACKAGES).flatMap(([name, files]) =>
		files.map((file) => `node_modules/${name}/${file}`),
	);
	for (const path of [...OWN_FILES, ...ofPackages, BINARY]) {
		const source = path === BINARY && binary !== undefined ? binary : join(PROJECT, path);
		mkdirSync(dirname(join(folder, path)), { recursive: true });
		cpSync(source, join(folder, path), { dereference: true });
	}
	// The tools of this machine read its own binaries only.
	if (binary === undefined) strip(join(folder, BINARY));
}

/** Removes symbols for a debugger. A machine without compilers keeps them. */
function strip(binary: string): void {
	try {
		execFileSync('strip', [binary], { stdio: 'pipe' });
	} catch (error) {
		if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
	}
}

/** Paths and sizes of all files below a folder. */
export function listTree(folder: string, below = ''): readonly { readonly path: string; readonly bytes: number }[] {
	return readdirSync(join(folder, below), { withFileTypes: true }).flatMap((entry) => {
		const path = join(below, entry.name);
		return entry.isDirectory() ? listTree(folder, path) : [{ path, bytes: statSync(join(folder, path)).size }];
	});
}
