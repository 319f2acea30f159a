import ts from 'typescript';
import { placeOf, walk, type SourceFile } from './sources.ts';
import { dirname, join, normalize } from 'node:path/posix';

/** One name that a file exports. */
interface ExportedName {
	readonly file: string;
	readonly name: string;
	readonly place: string;
	/** Where a re-export of an index comes from. */
	readonly from?: { readonly file: string; readonly name: string } | undefined;
}

interface NameUse {
	readonly file: string;
	/** `*`: all of it. */
	readonly name: string;
	readonly by: string;
}

/**
 * Exports that nothing needs. An export is used if a file other than a test imports it, itself or through an index that
 * re-exports it. A member of src that only tests import is used if its own file needs it too: otherwise the program does
 * not.
 */
export function findUnusedExports(files: readonly SourceFile[]): readonly ExportedName[] {
	const exported = files.flatMap(listExports);
	const used = new Set<string>();
	const usedByTests = new Set<string>();
	for (const use of files.flatMap(listUses)) {
		const isTestOfProgram = use.by.startsWith('test/') && use.file.startsWith('src/');
		mark(exported, isTestOfProgram ? usedByTests : used, use);
	}
	const texts = new Map(files.map(({ path, text }) => [path, text]));
	return exported.filter(({ file, name, from }) => {
		const key = `${file} ${name}`;
		if (name === '*' || used.has(key)) return false;
		return !usedByTests.has(key) || (from === undefined && !isUsedInside(texts.get(file) ?? '', name));
	});
}

/** This name, or with `*` each name of the file, and where they come from. */
function mark(exported: readonly ExportedName[], marks: Set<string>, wanted: Pick<NameUse, 'file' | 'name'>): void {
	for (const { file, name, from } of exported) {
		if (file !== wanted.file || !(wanted.name === '*' || name === '*' || name === wanted.name)) continue;
		const isNew = !marks.has(`${file} ${name}`) || name === '*';
		marks.add(`${file} ${name}`);
		if (from !== undefined && isNew)
			mark(exported, marks, { file: from.file, name: name === '*' ? wanted.name : from.name });
	}
}

function isUsedInside(text: string, name: string): boolean {
	return text.split(new RegExp(`\\b${name.replace('$', '\\$')}\\b`)).length > 2;
}

function listExports(file: SourceFile): readonly ExportedName[] {
	const found: ExportedName[] = [];
	const add = (node: ts.Node, name: string, from?: ExportedName['from']) => {
		found.push({ file: file.path, name, place: placeOf(file, node), from });
	};
	for (const statement of file.tree.statements) {
		if (ts.isExportDeclaration(statement)) {
			const source = moduleOf(file.path, statement.moduleSpecifier);
			const named = statement.exportClause;
			if (named === undefined && source !== undefined) add(statement, '*', { file: source, name: '*' });
			if (named === undefined || !ts.isNamedExports(named)) continue;
			for (const element of named.elements) {
				const origin = (element.propertyName ?? element.name).text;
				add(element, element.name.text, source === undefined ? undefined : { file: source, name: origin });
			}
			continue;
		}
		if (!ts.canHaveModifiers(statement)) continue;
		const modifiers = ts.getModifiers(statement) ?? [];
		if (!modifiers.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword)) continue;
		for (const name of declaredNames(statement)) add(statement, name);
	}
	return found;
}

function declaredNames(statement: ts.Statement): readonly string[] {
	if (ts.isVariableStatement(statement)) {
		return statement.declarationList.declarations.flatMap(({ name }) => bindingNames(name));
	}
	const { name } = statement as ts.Statement & { readonly name?: ts.Identifier };
	return name === undefined ? ['default'] : [name.text];
}

function bindingNames(name: ts.BindingName): readonly string[] {
	if (ts.isIdentifier(name)) return [name.text];
	return name.elements.flatMap((element) => (ts.isOmittedExpression(element) ? [] : bindingNames(element.name)));
}

/** Re-exports are left out: they hand on. */
function listUses(file: SourceFile): readonly NameUse[] {
	const uses: NameUse[] = [];
	walk(file.tree, (node) => {
		if (ts.isImportDeclaration(node)) {
			const source = moduleOf(file.path, node.moduleSpecifier);
			const bindings = node.importClause?.namedBindings;
			if (source === undefined) return;
			const names =
				bindings !== undefined && ts.isNamedImports(bindings)
					? bindings.elements.map((element) => (element.propertyName ?? element.name).text)
					: bindings === undefined
						? []
						: ['*'];
			for (const name of names) uses.push({ file: source, name, by: file.path });
		} else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) {
			const source = moduleOf(file.path, node.argument.literal);
			if (source !== undefined) uses.push({ file: source, name: node.qualifier?.getText() ?? '*', by: file.path });
		} else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
			const source = moduleOf(file.path, node.arguments[0]);
			if (source !== undefined) uses.push({ file: source, name: '*', by: file.path });
		}
	});
	return uses;
}

function moduleOf(from: string, specifier: ts.Node | undefined): string | undefined {
	if (specifier === undefined || !ts.isStringLiteralLike(specifier) || !specifier.text.startsWith('.'))
		return undefined;
	return normalize(join(dirname(from), specifier.text));
}

/** Members of classes whose name nothing reads: neither the class itself nor another file. */
export function findUnreadMembers(
	classes: readonly SourceFile[],
	readers: readonly SourceFile[],
): readonly { readonly name: string; readonly place: string }[] {
	const read = new Set<string>();
	for (const { tree } of readers) {
		walk(tree, (node) => {
			if (ts.isPropertyAccessExpression(node) && !isWritten(node)) read.add(node.name.text);
			if (ts.isBindingElement(node)) read.add((node.propertyName ?? node.name).getText(tree));
			if (ts.isElementAccessExpression(node) || ts.isLiteralTypeNode(node)) {
				node.forEachChild((child) => {
					if (ts.isStringLiteral(child)) read.add(child.text);
				});
			}
		});
	}
	const found: { readonly name: string; readonly place: string }[] = [];
	for (const file of classes) {
		walk(file.tree, (node) => {
			if (
				!ts.isClassDeclaration(node) ||
				node.heritageClauses?.some(({ token }) => token === ts.SyntaxKind.ExtendsKeyword)
			)
				return;
			for (const member of node.members) {
				if (member.name === undefined || !ts.isIdentifier(member.name)) continue;
				if (!read.has(member.name.text)) found.push({ name: member.name.text, place: placeOf(file, member) });
			}
		});
	}
	return found;
}

function isWritten(node: ts.PropertyAccessExpression): boolean {
	const { parent } = node;
	return (
		ts.isBinaryExpression(parent) && parent.left === node && parent.operatorToken.kind === ts.SyntaxKind.EqualsToken
	);
}
