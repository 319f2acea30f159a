import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { parseArgs } from 'node:util';
import { build, type BuildFailure, type Metafile } from 'esbuild';
import { describePackages, listShippedPackages, readLockFile } from './sbom.ts';
import { bundlePage } from './bundle-page.ts';
import { bundle, COMMON, readVersion, StaleReplacementError } from './bundle.ts';

const PROJECT = join(import.meta.dirname, '..');
const USAGE = `Usage: npm run build [-- OPTIONS]
Bundles src/app.ts into dist/app.js, which needs nothing but node_modules/sqlite3 beside it, and src/page into dist/page.
  --no-optimize   readable instead of small
  --entry FILE    another program (src/app.ts)
  --out FOLDER    another place (dist)`;
const LISTED = 10;

interface Options {
	readonly entry: string;
	readonly out: string;
	readonly optimize: boolean;
}

function parseOptions(args: readonly string[]): Options | undefined {
	const { values } = parseArgs({
		args: [...args],
		allowNegative: true,
		options: {
			optimize: { type: 'boolean', default: true },
			entry: { type: 'string', default: join(PROJECT, 'src/app.ts') },
			out: { type: 'string', default: join(PROJECT, 'dist') },
			help: { type: 'boolean', default: false },
		},
	});
	return values.help ? undefined : { entry: values.entry, out: values.out, optimize: values.optimize };
}

async function buildAll({ entry, out, optimize }: Options): Promise<void> {
	const startedAt = performance.now();
	rmSync(out, { recursive: true, force: true });
	mkdirSync(out, { recursive: true });
	// The project's own package.json says that .js files are ES modules; these are not.
	writeFileSync(join(out, 'package.json'), '{ "type": "commonjs" }\n');
	const file = join(out, 'app.js');
	const metafile = await bundle({ entry, file, optimize, version: readVersion() });
	await compileMigrations(join(out, 'migrations'));
	copyDocument(join(out, 'openapi.json'));
	const page = await bundlePage(join(out, 'page'), { optimize });
	const components = describePackages(listShippedPackages(metafile, page), readLockFile());
	writeFileSync(join(out, 'sbom.cdx.json'), `${JSON.stringify(components)}\n`);
	const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
	const size = Object.entries(metafile.outputs).find(([name]) => name.endsWith('.js'))?.[1].bytes ?? 0;
	console.log(`${relative(process.cwd(), file)}: ${formatSize(size)} in ${seconds} s, of which`);
	for (const [name, bytes] of listPackages(metafile).slice(0, LISTED)) console.log(`  ${formatSize(bytes)}  ${name}`);
}

/** The bundle contains them too; these files are for people, and for tools that read the folder. */
async function compileMigrations(outdir: string): Promise<void> {
	const folder = join(PROJECT, 'migrations');
	const names = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.ts')) : [];
	if (names.length === 0) return;
	await build({ ...COMMON, banner: {}, entryPoints: names.map((name) => join(folder, name)), outdir });
}

/** The API reads it on request; it is written without blanks and line ends. */
function copyDocument(file: string): void {
	writeFileSync(file, JSON.stringify(JSON.parse(readFileSync(join(PROJECT, 'docs/openapi.json'), 'utf8'))));
}

function listPackages(metafile: Metafile): readonly (readonly [string, number])[] {
	const sizes = new Map<string, number>();
	for (const { inputs } of Object.values(metafile.outputs)) {
		for (const [path, { bytesInOutput }] of Object.entries(inputs)) {
			const name = packageOf(path);
			sizes.set(name, (sizes.get(name) ?? 0) + bytesInOutput);
		}
	}
	return [...sizes].sort((a, b) => b[1] - a[1]);
}

function packageOf(path: string): string {
	const name = /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1];
	return name ?? (/build-utils\/stubs|^stand-in:/.test(path) ? 'stand-ins' : 'our own code');
}

function formatSize(bytes: number): string {
	return `${(bytes / 1024).toFixed(0).padStart(5)} KB`;
}

/** One line that says what to correct; everything else is a bug and shows its stack. */
function describeFailure(error: unknown): string | undefined {
	if (error instanceof StaleReplacementError) return error.message;
	if (error instanceof Error && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS'))
		return error.message;
	const first = error instanceof Error && 'errors' in error ? (error as BuildFailure).errors[0] : undefined;
	if (first === undefined) return undefined;
	const place = first.location === null ? '' : `${first.location.file}:${first.location.line}: `;
	return `${place}${first.text}`;
}

try {
	const options = parseOptions(process.argv.slice(2));
	if (options === undefined) console.log(USAGE);
	else await buildAll(options);
} catch (error) {
	const line = describeFailure(error);
	if (line === undefined) throw error;
	console.error(`build: ${line}`);
	process.exitCode = 1;
}
