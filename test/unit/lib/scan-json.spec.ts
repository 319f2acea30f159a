import { expect } from 'chai';
import fc from 'fast-check';
import { placeOf, scanJson } from '../../../src/lib/scan-json.ts';

describe('how far a text follows the grammar of JSON', () => {
	const parses = (text: string) => {
		try {
			JSON.parse(text);
			return true;
		} catch {
			return false;
		}
	};

	it('agrees with the parser of the language, whatever the text', () => {
		const alphabet = Array.from('{}[]",:\\ \n\t-+.eE0129truefalsn/ubx\u0000ä');
		const text = fc.string({ unit: fc.constantFrom(...alphabet), maxLength: 14 });
		fc.assert(
			fc.property(text, (given) => {
				expect(scanJson(given).state === 'whole', given).to.equal(parses(given));
			}),
			{ numRuns: 20_000 },
		);
	});

	it('knows each beginning of a document, and continues each text that it takes for a beginning', () => {
		fc.assert(
			fc.property(fc.json({ maxDepth: 4 }), fc.nat(), fc.integer({ min: 0, max: 3 }), (json, cut, space) => {
				const text = JSON.stringify(JSON.parse(json), undefined, space);
				const start = text.slice(0, cut % text.length);
				const { state } = scanJson(start);
				expect(state, start).to.equal(parses(start) ? 'whole' : 'cut-off');
			}),
			{ numRuns: 3000 },
		);
	});

	for (const [text, line, column] of [
		['{"a":1,}', 1, 8],
		['{\n  "a": 1\n  "b": 2\n}', 3, 3],
		["{'a':1}", 1, 2],
		['{"a":tru}', 1, 9],
		['{"a":01}', 1, 7],
		['{"a":"\\x"}', 1, 8],
		['{"a":"\\u00g0"}', 1, 11],
		['{"a":"line\nbreak"}', 1, 11],
		['{} {', 1, 4],
		['{"a":[1 2]}', 1, 9],
		['{"a" 1}', 1, 6],
		['// text', 1, 1],
	] as const) {
		it(`finds the place of the error in ${JSON.stringify(text)}`, () => {
			const scan = scanJson(text);
			expect(scan.state).to.equal('wrong');
			expect(placeOf(text, scan.state === 'wrong' ? scan.offset : -1)).to.deep.equal({ line, column });
		});
	}

	it('is not stopped by depth', () => {
		expect(scanJson('['.repeat(100_000)).state).to.equal('cut-off');
		expect(scanJson('['.repeat(100_000) + ']'.repeat(100_000)).state).to.equal('whole');
	});
});
