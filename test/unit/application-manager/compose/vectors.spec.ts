import { expect } from 'chai';
import { join } from 'node:path';
import { runVectors } from '../../../vectors/run-vectors.ts';

const fixtures = join(import.meta.dirname, '../../../fixtures');

describe('compose: golden vectors', () => {
	const own = runVectors(join(fixtures, 'vectors-own')).map((vector) => ({ ...vector, file: `own ${vector.file}` }));
	for (const vector of [...runVectors(join(fixtures, 'vectors')), ...own]) {
		const { file, name, explained, passed, actual, expected } = vector;
		it(`${file}: ${name}${explained === undefined ? '' : ` (differs on purpose: ${explained})`}`, () => {
			if (explained !== undefined) {
				expect(passed, 'does not differ any more').to.be.false;
			} else if (!passed) {
				expect(actual).to.deep.equal(expected);
				expect.fail('differs in what the report above does not show');
			}
		});
	}
});
