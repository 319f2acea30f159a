import { join, resolve } from 'node:path';
import { listTree, makeRuntimeTree, RuntimeTreeError } from './runtime-tree.ts';

/** `npm run runtime -- FOLDER`: builds the program and lays out, in an empty folder, what is run on a device. */

const [target, ...extra] = process.argv.slice(2);
if (target === undefined || target.startsWith('-') || extra.length > 0) {
	console.error(
		'Usage: npm run runtime -- FOLDER\nBuilds the program and puts all that a device runs into an empty folder.',
	);
	process.exit(64); // EX_USAGE
}
try {
	const folder = resolve(target);
	makeRuntimeTree({ dist: join(import.meta.dirname, '../dist'), folder });
	const bytes = listTree(folder).reduce((sum, file) => sum + file.bytes, 0);
	console.log(`${folder}: ${(bytes / 1024 / 1024).toFixed(1)} MB without Node.js`);
} catch (error) {
	if (!(error instanceof RuntimeTreeError)) throw error;
	console.error(`runtime: ${error.message}`);
	process.exitCode = 1;
}
