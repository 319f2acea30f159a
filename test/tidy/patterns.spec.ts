import { expect } from 'chai';
import ts from 'typescript';
import { pumpsOf, textOf, type Pump } from './pump-pattern.ts';
import { placeOf, readSources, walk, type SourceFile } from './sources.ts';

const LENGTH = 100_000;
const LIMIT_MS = 50;
/** Nothing can end a pattern that has begun, so texts grow in small paces until it is clear that it is slow. */
const LENGTHS = [20, 30, 40, 60, 80, 110, 150, 200, 300, 500, 1000, 3000, 10_000, 30_000, LENGTH];
/** The clock, and other people on the same machine. */
const NOISE_MS = 1;

interface Pattern {
	readonly place: string;
	readonly pattern: RegExp;
}

describe('regular expressions', () => {
	it(`take less than ${LIMIT_MS} ms for ${LENGTH} characters of any choice`, () => {
		const patterns = readSources('src').flatMap(findPatterns);
		expect(patterns.length).to.be.above(50);
		expect(patterns.flatMap(findSlow)).to.deep.equal([]);
	}).timeout(20_000);

	it('that are slow are found', () => {
		const slow = [/^service:\s*(.+?)\s*$/s, /^(?:([^/\s]*[.:][^/\s]*)\/)?x$/, /(a|aa)+$/, /\s+$/, /^(\w+)+:/];
		for (const pattern of slow) expect(findSlow({ place: '', pattern }), String(pattern)).to.not.deep.equal([]);
		for (const pattern of [/^\s*x/, /^[a-z]+$/, /a.b/g]) expect(findSlow({ place: '', pattern })).to.deep.equal([]);
	});
});

/** Literals, and what `new RegExp` is given as text; what is put into such a text counts as a word. */
function findPatterns(file: SourceFile): readonly Pattern[] {
	const found: Pattern[] = [];
	walk(file.tree, (node) => {
		if (ts.isRegularExpressionLiteral(node)) {
			const end = node.text.lastIndexOf('/');
			found.push({
				place: placeOf(file, node),
				pattern: new RegExp(node.text.slice(1, end), node.text.slice(end + 1)),
			});
		} else if (ts.isNewExpression(node) && node.expression.getText(file.tree) === 'RegExp') {
			const [source, flags] = node.arguments?.map(readText) ?? [];
			if (source !== undefined) found.push({ place: placeOf(file, node), pattern: new RegExp(source, flags) });
		}
	});
	return found;
}

function readText(node: ts.Node): string | undefined {
	if (ts.isStringLiteralLike(node)) return node.text;
	if (!ts.isTemplateExpression(node)) return undefined;
	return node.head.text + node.templateSpans.map(({ literal }) => `word${literal.text}`).join('');
}

function findSlow({ place, pattern }: Pattern): readonly string[] {
	const slow = pumpsOf(pattern).find((pump) => isSlow(pattern, pump));
	return slow === undefined ? [] : [`${place} ${String(pattern)} on ${JSON.stringify(slow)}`];
}

function isSlow(pattern: RegExp, pump: Pump): boolean {
	for (const length of LENGTHS) {
		const fairMs = (LIMIT_MS * length) / LENGTH;
		const ms = timeOf(pattern, textOf(pump, length), fairMs);
		if (ms > fairMs * 3 + NOISE_MS) return true;
		if (length >= 3000 && ms * (LENGTH / length) ** 2 < LIMIT_MS) return false; // fast enough even if it grows with the square
	}
	return false;
}

/** The best of three where it matters. */
function timeOf(pattern: RegExp, text: string, fairMs: number): number {
	let best = Infinity;
	for (let tries = 0; tries < 3 && best > fairMs; tries++) {
		const start = performance.now();
		if (pattern.global) text.replaceAll(pattern, '');
		else pattern.exec(text);
		best = Math.min(best, performance.now() - start);
	}
	return best;
}
