import { cpSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { build, type Metafile } from 'esbuild';

const SOURCES = join(import.meta.dirname, '../src/page');
/** Of some years ago: tablets on a wall are old. */
const BROWSERS = ['chrome100', 'firefox105', 'safari15.4'];

/** The page that a device serves: one document, one script, one style, one icon. Lists the contents of the script. */
export async function bundlePage(folder: string, { optimize }: { readonly optimize: boolean }): Promise<Metafile> {
	mkdirSync(folder, { recursive: true });
	const { metafile } = await build({
		entryPoints: { app: join(SOURCES, 'main.tsx'), style: join(SOURCES, 'style.css') },
		outdir: folder,
		bundle: true,
		minify: optimize,
		format: 'iife',
		target: BROWSERS,
		jsx: 'automatic',
		jsxImportSource: 'preact',
		legalComments: 'none',
		logLevel: 'silent',
		metafile: true,
	});
	for (const name of ['index.html', 'icon.svg']) cpSync(join(SOURCES, name), join(folder, name));
	return metafile;
}
