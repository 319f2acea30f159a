import { expect } from 'chai';
import ts from 'typescript';
import { parseText, placeOf, readSources, walk, type SourceFile } from './sources.ts';

/** Constant values, and functions that only look up. */
const HARMLESS_CLASSES = /^(RegExp|URL|TextEncoder|TextDecoder|Intl\..*|Error)$/;
const READONLY_TYPE = /^(Readonly(Map|Set|Array)?<|readonly )/;

interface Ban {
	readonly what: string;
	/** Where it is at home. */
	readonly allowed: (path: string) => boolean;
	readonly matches: (node: ts.Node) => boolean;
}

const isAdapter = (path: string) => path.startsWith('src/adapters/');
// A program of its own, in a browser: no other part of src imports it.
const isPage = (path: string) => path.startsWith('src/page/');
const isApp = (path: string) => path === 'src/app.ts';
const isPure = (path: string) => path.startsWith('src/domain/') || path.includes('/planner/');

const BANS: readonly Ban[] = [
	{
		what: 'the process (environment, exit, signals)',
		allowed: isApp,
		matches: (node) =>
			ts.isPropertyAccessExpression(node) &&
			isGlobal(node.expression, 'process') &&
			/^(env|exit|exitCode|argv|kill|on|once|abort)$/.test(node.name.text),
	},
	{
		what: 'timers',
		allowed: (path) => isAdapter(path) || isPage(path),
		matches: (node) =>
			ts.isCallExpression(node) &&
			['setTimeout', 'setInterval', 'setImmediate'].some((name) => isGlobal(node.expression, name)),
	},
	{
		what: 'the clock',
		allowed: (path) => isAdapter(path) || isPage(path),
		matches: (node) =>
			isMember(node, 'Date', 'now') ||
			isMember(node, 'performance', 'now') ||
			(ts.isNewExpression(node) && isGlobal(node.expression, 'Date') && (node.arguments?.length ?? 0) === 0),
	},
	{ what: 'Math.random', allowed: isAdapter, matches: (node) => isMember(node, 'Math', 'random') },
	{
		what: 'AbortSignal.any, which leaks (lib/link-signal)',
		allowed: () => false,
		matches: (node) => isMember(node, 'AbortSignal', 'any'),
	},
	{
		what: 'waiting in a planner',
		allowed: (path) => !isPure(path),
		matches: (node) =>
			node.kind === ts.SyntaxKind.AsyncKeyword || ts.isAwaitExpression(node) || isGlobal(node, 'Promise'),
	},
	{
		what: 'randomness in a planner',
		allowed: (path) => !isPure(path),
		matches: (node) => ts.isIdentifier(node) && /^random(UUID|Bytes|Int)$/.test(node.text),
	},
];

/** Uses that stay, each with its reason. */
const EXCEPTIONS: Readonly<Record<string, { readonly what: string; readonly reason: string }>> = {
	'src/lib/lifecycle.ts': {
		what: 'timers',
		reason: 'the deadline of the stops must hold when everything else, the clock too, is being taken down',
	},
};

function isGlobal(node: ts.Node, name: string): boolean {
	return ts.isIdentifier(node) && node.text === name;
}

function isMember(node: ts.Node, object: string, member: string): boolean {
	return ts.isPropertyAccessExpression(node) && isGlobal(node.expression, object) && node.name.text === member;
}

function findBanned(file: SourceFile, ban: Ban): readonly string[] {
	const isAllowed = ban.allowed(file.path) || EXCEPTIONS[file.path]?.what === ban.what;
	return isAllowed ? [] : findMatches(file, ban);
}

function findMatches(file: SourceFile, ban: Ban): readonly string[] {
	const places: string[] = [];
	walk(file.tree, (node) => {
		if (ban.matches(node)) places.push(placeOf(file, node));
	});
	return places;
}

/** Variables of a module and static fields of its classes that could hold state. */
function findState(file: SourceFile): readonly string[] {
	const places: string[] = [];
	for (const statement of file.tree.statements) {
		if (ts.isVariableStatement(statement)) {
			const isLet = (statement.declarationList.flags & ts.NodeFlags.Const) === 0;
			for (const declaration of statement.declarationList.declarations) {
				if (isLet || holdsState(declaration)) places.push(placeOf(file, declaration));
			}
		}
		if (!ts.isClassDeclaration(statement)) continue;
		for (const member of statement.members) {
			if (ts.isPropertyDeclaration(member) && isMutableStatic(member)) places.push(placeOf(file, member));
		}
	}
	return places;
}

function isMutableStatic(member: ts.PropertyDeclaration): boolean {
	const flags = member.modifiers?.map(({ kind }) => kind) ?? [];
	if (!flags.includes(ts.SyntaxKind.StaticKeyword)) return false;
	return !flags.includes(ts.SyntaxKind.ReadonlyKeyword) || holdsState(member);
}

function holdsState({ type, initializer }: ts.VariableDeclaration | ts.PropertyDeclaration): boolean {
	if (initializer === undefined || (type !== undefined && READONLY_TYPE.test(type.getText()))) return false;
	if (ts.isNewExpression(initializer)) return !HARMLESS_CLASSES.test(initializer.expression.getText());
	const isEmptyArray = ts.isArrayLiteralExpression(initializer) && initializer.elements.length === 0;
	const isEmptyObject = ts.isObjectLiteralExpression(initializer) && initializer.properties.length === 0;
	return isEmptyArray || isEmptyObject;
}

describe('state and the outside world', () => {
	const sources = readSources('src');

	it('are not in modules: state belongs to an object made in supervisor.ts', () => {
		expect(sources.flatMap(findState)).to.deep.equal([]);
	});

	for (const ban of BANS) {
		it(`keep to their place: ${ban.what}`, () => {
			expect(sources.flatMap((file) => findBanned(file, ban))).to.deep.equal([]);
		});
	}

	it('have no unused exception', () => {
		const needed = sources.filter((file) => {
			const ban = BANS.find(({ what }) => what === EXCEPTIONS[file.path]?.what);
			return ban !== undefined && findMatches(file, ban).length > 0;
		});
		expect(needed.map(({ path }) => path)).to.have.members(Object.keys(EXCEPTIONS));
	});
});

describe('the search for state and for what is out of place', () => {
	for (const [line, count] of [
		['let last = 0;', 1],
		['export const cache = new Map<string, number>();', 1],
		['const seen: ReadonlySet<string> = new Set(["a"]);', 0],
		['const list: string[] = [];', 1],
		['const none: readonly string[] = [];', 0],
		['class A { static count = 0; }', 1],
		['class A { static readonly pattern = /a/; readonly #own = new Map(); }', 0],
		['function f() { let x = 1; return x; }', 0],
	] as const) {
		it(`finds ${count} in: ${line}`, () => {
			expect(findState(parseText('src/domain/a.ts', line))).to.have.length(count);
		});
	}

	for (const [path, line, count] of [
		['src/config/a.ts', 'const x = process.env["A"]; process.exit(1);', 2],
		['src/app.ts', 'process.exit(1);', 0],
		['src/config/a.ts', 'setTimeout(f, 1); server.setTimeout(1);', 1],
		['src/adapters/system/a.ts', 'setTimeout(f, 1); Date.now();', 0],
		['src/api-binder/a.ts', 'new Date(); new Date(5); Math.random(); performance.now();', 3],
		['src/domain/a.ts', 'async function f(): Promise<void> { await g(); }', 3],
		['src/device-state/planner/a.ts', 'const later = () => Promise.resolve();', 1],
		['src/device-state/a.ts', 'async function f(): Promise<void> { await g(); }', 0],
	] as const) {
		it(`finds ${count} in ${path}: ${line}`, () => {
			const found = BANS.flatMap((ban) => findBanned(parseText(path, line), ban));
			expect(found).to.have.length(count);
		});
	}
});
