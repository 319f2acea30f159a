import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { buildDocument, listAllRoutes, UndescribedError } from './build-document.ts';
import { DESCRIPTIONS } from './descriptions.ts';
import { permissionTable } from './permissions.ts';

/** Writes docs/openapi.json and docs/permissions.md from the table of routes and what is said here about each. */

export function generateFiles(): Readonly<Record<string, string>> {
	const routes = listAllRoutes();
	return {
		'docs/openapi.json': `${JSON.stringify(buildDocument(routes, DESCRIPTIONS), undefined, '\t')}\n`,
		'docs/permissions.md': permissionTable(routes),
	};
}

function main(): number {
	try {
		for (const [name, text] of Object.entries(generateFiles())) {
			writeFileSync(resolve(import.meta.dirname, '../..', name), text);
		}
		return 0;
	} catch (error) {
		if (!(error instanceof UndescribedError)) throw error;
		console.error(error.message);
		return 1;
	}
}

if (process.argv[1] === import.meta.filename) {
	process.exitCode = main();
}
