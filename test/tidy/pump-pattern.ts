import { RegExpParser, type AST } from '@eslint-community/regexpp';

/** Characters that patterns distinguish, beside their own. */
const COMMON = 'a0 .:/-_="\'\\\n\t\0é';
/** How a text ends after what is repeated: nothing, a line end, what hardly any pattern takes. */
const ENDS = ['', '\n', '\0'];
const ALIKE_MAX = 5;

/** A text that is hard on a pattern: some part of it that may be repeated, repeated, and then something else. */
export interface Pump {
	readonly before: string;
	readonly repeated: string;
	readonly after: string;
}

export function textOf({ before, repeated, after }: Pump, length: number): string {
	return before + repeated.repeat(Math.ceil(length / repeated.length)) + after;
}

/** For each part of a pattern that has no end of its own: what leads to it, and what it and its neighbours may take. */
export function pumpsOf(pattern: RegExp): readonly Pump[] {
	const flags = pattern.flags.replace(/[gyd]/g, '');
	const tree = new RegExpParser().parsePattern(pattern.source, 0, pattern.source.length, {
		unicode: pattern.unicode,
	});
	const characters = distinctCharacters(tree, flags);
	const take = (node: AST.Element) => characters.filter((one) => new RegExp(`^(?:${node.raw})$`, flags).test(one));
	const pumps = new Map<string, Pump>();
	const add = (before: string, repeated: string) => {
		for (const after of repeated === '' ? [] : ENDS) {
			pumps.set(JSON.stringify([before, repeated, after]), { before, repeated, after });
		}
	};
	const visit = (alternative: AST.Alternative, start: string) => {
		let before = start;
		for (const element of alternative.elements) {
			const inner = element.type === 'Quantifier' ? element.element : element;
			if (element.type === 'Quantifier' && element.max > 100) {
				const taken = take(inner).slice(0, ALIKE_MAX);
				const pairs = taken.flatMap((one) => taken.map((other) => (one === other ? one : one + other)));
				for (const repeated of [...pairs, sampleOf(inner, take)]) add(before, repeated);
			}
			for (const each of alternativesOf(inner)) visit(each, before);
			before += sampleOf(element, take);
		}
	};
	for (const alternative of tree.alternatives) visit(alternative, '');
	return [...pumps.values()];
}

/** One character for each kind that the parts of the pattern distinguish. */
function distinctCharacters(tree: AST.Pattern, flags: string): readonly string[] {
	const parts = [...collect(tree)].map(({ raw }) => new RegExp(`^(?:${raw})$`, flags));
	const own = tree.raw.replace(/\\./g, '');
	const byKind = new Map<string, string>();
	for (const one of COMMON + own) {
		const kind = parts.map((part) => (part.test(one) ? '1' : '0')).join('');
		if (!byKind.has(kind)) byKind.set(kind, one);
	}
	return [...byKind.values()];
}

function* collect(node: AST.Pattern | AST.Element): Generator<AST.Node> {
	if (node.type === 'Quantifier') yield* collect(node.element);
	else if (node.type === 'Character' || node.type === 'CharacterSet' || node.type === 'CharacterClass') yield node;
	else for (const { elements } of alternativesOf(node)) for (const each of elements) yield* collect(each);
}

function alternativesOf(node: AST.Pattern | AST.Element): readonly AST.Alternative[] {
	return 'alternatives' in node ? node.alternatives : [];
}

/** A short text that the part takes, where that is easily said. */
function sampleOf(node: AST.Element, take: (node: AST.Element) => readonly string[]): string {
	switch (node.type) {
		case 'Character':
			return String.fromCodePoint(node.value);
		case 'CharacterClass':
		case 'CharacterSet':
			return take(node)[0] ?? '';
		case 'Quantifier':
			return sampleOf(node.element, take).repeat(Math.max(node.min, 1));
		case 'CapturingGroup':
		case 'Group':
			return (node.alternatives[0]?.elements ?? []).map((each) => sampleOf(each, take)).join('');
		default:
			return '';
	}
}
