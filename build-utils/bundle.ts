import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { build, type BuildOptions, type Metafile, type Plugin } from 'esbuild';
import { NEVER_INSTALLED, REPLACEMENTS, type Replacement } from './replacements.ts';

interface BundleOptions {
	readonly entry: string;
	readonly file: string;
	readonly version: string;
	/** Off: readable, for a debugger; the replacements are the same. */
	readonly optimize: boolean;
}

const STUBS = join(import.meta.dirname, 'stubs');
const MODULES = '/node_modules/';
const NAMESPACE = 'stand-in';
/** Marks the plugin's own questions, so that it does not answer them itself. */
const RESOLVING = Symbol('resolving');

/** What both outputs have in common. Names of classes and functions are kept: logs show them. */
export const COMMON: BuildOptions = {
	platform: 'node',
	target: 'node20',
	// Of both formats this one starts faster and needs less memory.
	format: 'cjs',
	keepNames: true,
	sourcemap: false,
	legalComments: 'none',
	// Node shows the line of an error that ends the process; that must not be the whole program.
	lineLimit: 500,
	logLevel: 'silent',
	define: {
		'process.env.NODE_ENV': '"production"',
		'import.meta.url': 'bundleUrl',
		'import.meta.filename': '__filename',
		'import.meta.dirname': '__dirname',
	},
	banner: { js: 'const bundleUrl = require("node:url").pathToFileURL(__filename).href;' },
};

/** Bundles the program into one file and lists its contents. Throws a `StaleReplacementError` or esbuild's own. */
export async function bundle(options: BundleOptions): Promise<Metafile> {
	const used = new Set<string>();
	const result = await build({
		...COMMON,
		define: { ...COMMON.define, SUPERVISOR_VERSION: JSON.stringify(options.version) },
		entryPoints: [options.entry],
		outfile: options.file,
		bundle: true,
		minify: options.optimize,
		metafile: true,
		external: ['*.node', ...NEVER_INSTALLED],
		plugins: [replaceModules(used), keepOnlyVersion(options.version)],
	});
	const files = Object.keys(result.metafile.inputs);
	const stale = REPLACEMENTS.filter(({ of }) => files.some((file) => file.includes(`node_modules/${of}/`)))
		.flatMap(({ paths }) => paths)
		.filter((path) => !used.has(path));
	if (stale.length > 0) throw new StaleReplacementError(stale);
	return result.metafile;
}

export class StaleReplacementError extends Error {
	constructor(paths: readonly string[]) {
		super(`nothing asks for ${paths.join(', ')} any more: remove it from build-utils/replacements.ts`);
		this.name = 'StaleReplacementError';
	}
}

function replaceModules(used: Set<string>): Plugin {
	return {
		name: 'replace-modules',
		setup(context) {
			context.onResolve({ filter: /./ }, async ({ path, kind, importer, resolveDir, pluginData }) => {
				if (pluginData === RESOLVING || kind === 'entry-point') return undefined;
				const resolved = await context.resolve(path, { kind, importer, resolveDir, pluginData: RESOLVING });
				const at = resolved.path.lastIndexOf(MODULES);
				const found = at < 0 ? undefined : findReplacement(resolved.path.slice(at + MODULES.length));
				if (found === undefined) return resolved;
				used.add(found.path);
				return { path: found.path, namespace: NAMESPACE, pluginData: found };
			});
			context.onLoad({ filter: /./, namespace: NAMESPACE }, ({ pluginData }) => ({
				contents: writeStub(pluginData as Found), // given above, in the same plugin
				resolveDir: STUBS,
			}));
		},
	};
}

interface Found {
	readonly path: string;
	readonly replacement: Replacement;
}

function findReplacement(file: string): Found | undefined {
	for (const replacement of REPLACEMENTS) {
		const path = replacement.paths.find((candidate) => file === candidate || file.startsWith(`${candidate}/`));
		if (path !== undefined) return { path, replacement };
	}
	return undefined;
}

function writeStub({ path, replacement }: Found): string {
	return replacement.stub === undefined
		? `module.exports = require('./left-out.cts')(${JSON.stringify(path)});`
		: `module.exports = require(${JSON.stringify(`./${replacement.stub}`)});`;
}

/** Importers of package.json need only the version; the list of packages is not shipped. */
function keepOnlyVersion(version: string): Plugin {
	return {
		name: 'keep-only-version',
		setup(context) {
			const ours = join(import.meta.dirname, '../package.json');
			context.onLoad({ filter: /package\.json$/ }, ({ path }) =>
				path === ours ? { contents: JSON.stringify({ version }), loader: 'json' } : undefined,
			);
		},
	};
}

export function readVersion(): string {
	// Our own file, checked by npm.
	const { version } = JSON.parse(readFileSync(join(import.meta.dirname, '../package.json'), 'utf8')) as {
		readonly version: string;
	};
	return version;
}
