import { expect } from 'chai';
import { parseYaml } from '../../../../tools/compose-file/parse-yaml.ts';

describe('the YAML of a compose file', () => {
	const MERGES: Readonly<Record<string, readonly [text: string, expected: object]>> = {
		'a map': ['{x: &a {r: 1}, y: {<<: *a, s: 2}}', { x: { r: 1 }, y: { r: 1, s: 2 } }],
		'a list of maps, of which the first counts': [
			'{x: &a {r: 1}, y: {<<: [*a, {r: 2, s: 3}]}}',
			{ x: { r: 1 }, y: { r: 1, s: 3 } },
		],
		'nothing over what stands beside it': [
			'{x: &a {r: 1, s: 1}, y: {r: 2, <<: *a, s: 2}}',
			{ x: { r: 1, s: 1 }, y: { r: 2, s: 2 } },
		],
		'what was merged itself': [
			'{x: &a {r: 1}, y: &b {<<: *a, s: 2}, z: {<<: *b}}',
			{ x: { r: 1 }, y: { r: 1, s: 2 }, z: { r: 1, s: 2 } },
		],
		'into labels': [
			'{x: &l {a: b}, y: {labels: {<<: *l, c: d}}}',
			{ x: { a: 'b' }, y: { labels: { a: 'b', c: 'd' } } },
		],
	};
	for (const [what, [text, expected]] of Object.entries(MERGES)) {
		it(`merges ${what}`, () => {
			expect(parseYaml(text)).to.deep.equal(expected);
		});
	}

	for (const [written, expected] of [
		['1147053346671102335', '1147053346671102335'],
		['12345678901234567890', '12345678901234567890'],
		['-9007199254740993', '-9007199254740993'],
		['9007199254740991', 9007199254740991],
		['022', 18],
		['0o22', 18],
		['-022', -18],
		['08', 8],
		['0', 0],
		['0b101', 5],
		['0x1F', 31],
		['1_000', 1000],
		['+5', 5],
		['1.50', 1.5],
		['1e3', 1000],
		['.inf', '.inf'],
		['.nan', '.nan'],
		['22:22', '22:22'],
		['2001-12-14', '2001-12-14'],
		['no', 'no'],
		['off', 'off'],
		['Yes', 'Yes'],
		['true', true],
		['False', false],
		['"022"', '022'],
		['~', null],
	] as const) {
		it(`reads ${written} as ${JSON.stringify(expected)}`, () => {
			expect(parseYaml(`[${written}]`)).to.deep.equal([expected]);
		});
	}

	for (const [text, problem] of [
		['{a: 1, a: 2}', 'It is not YAML: Map keys must be unique at line 1, column 8'],
		['a: [', 'It is not YAML: Flow sequence in block collection must be'],
		['a: 1\n---\nb: 2', 'It holds several YAML documents. Keep one'],
		['a: *b', 'It is not YAML: Unresolved alias'],
		['a: {<<: 3}', 'It is not YAML: Merge sources must be maps'],
		['a: !reset null', 'It is not YAML: Unresolved tag: !reset at line 1'],
	] as const) {
		it(`refuses ${JSON.stringify(text)}`, () => {
			expect(() => parseYaml(text)).to.throw(problem);
		});
	}
});
