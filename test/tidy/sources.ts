import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import ts from 'typescript';

export const PROJECT = resolve(import.meta.dirname, '../..');

export interface SourceFile {
	/** From the project's folder, with slashes: `src/lib/backoff.ts`. */
	readonly path: string;
	readonly text: string;
	readonly tree: ts.SourceFile;
	readonly imports: readonly ImportedModule[];
}

export interface ImportedModule {
	/** Of a file in the project: its path. Of a package: its name as written. */
	readonly name: string;
	readonly kind: 'file' | 'package' | 'node';
	readonly place: string;
}

/** Parsing takes a second a folder, and most of these tests want all of them. */
const parsed = new Map<string, readonly SourceFile[]>();

/** Every TypeScript file below a folder of the project, parsed once for all tests. */
export function readSources(folder: string): readonly SourceFile[] {
	const sources =
		parsed.get(folder) ??
		listFiles(folder)
			.filter((path) => /\.tsx?$/.test(path) && !path.endsWith('.d.ts'))
			.map((path) => parseText(path, readFileSync(join(PROJECT, path), 'utf8')));
	parsed.set(folder, sources);
	return sources;
}

/** Paths of all files below a folder of the project, hidden ones and fixtures left out. */
export function listFiles(folder: string): readonly string[] {
	return readdirSync(join(PROJECT, folder), { withFileTypes: true })
		.filter(({ name }) => !name.startsWith('.') && name !== 'node_modules' && name !== 'fixtures')
		.flatMap((entry) => (entry.isDirectory() ? listFiles(join(folder, entry.name)) : [join(folder, entry.name)]))
		.sort();
}

/** As if a file with this text were at this path. */
export function parseText(path: string, text: string): SourceFile {
	const tree = ts.createSourceFile(path, text, ts.ScriptTarget.ESNext, true);
	const imports: ImportedModule[] = [];
	walk(tree, (node) => {
		const literal = findModuleName(node);
		if (literal !== undefined) imports.push(describeImport(path, literal, placeOf({ path, tree }, node)));
	});
	return { path, text, tree, imports };
}

function findModuleName(node: ts.Node): string | undefined {
	let name: ts.Node | undefined;
	if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) name = node.moduleSpecifier;
	else if (ts.isImportTypeNode(node)) name = ts.isLiteralTypeNode(node.argument) ? node.argument.literal : undefined;
	else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) name = node.arguments[0];
	return name !== undefined && ts.isStringLiteralLike(name) ? name.text : undefined;
}

function describeImport(from: string, name: string, place: string): ImportedModule {
	if (name.startsWith('node:')) return { name, kind: 'node', place };
	if (!name.startsWith('.')) return { name, kind: 'package', place };
	const path = relative(PROJECT, resolve(PROJECT, dirname(from), name));
	return { name: path, kind: 'file', place };
}

export function walk(node: ts.Node, visit: (node: ts.Node) => void): void {
	visit(node);
	ts.forEachChild(node, (child) => walk(child, visit));
}

export function placeOf(file: Pick<SourceFile, 'path' | 'tree'>, node: ts.Node): string {
	return `${file.path}:${lineOf(file.tree, node.getStart(file.tree))}`;
}

export function lineOf(tree: ts.SourceFile, position: number): number {
	return tree.getLineAndCharacterOfPosition(position).line + 1;
}
