import { expect } from 'chai';
import { join } from 'node:path';
import { answerBootFile, answerConfigVariable } from '../../../vectors/answer-boot.ts';
import { runVectors } from '../../../vectors/run-vectors.ts';

const FOLDER = join(import.meta.dirname, '../../../fixtures/vectors');

describe('boot configuration: golden vectors', () => {
	const results = runVectors(FOLDER, { 'boot-files': answerBootFile, 'config-vars': answerConfigVariable });
	for (const { file, name, explained, passed, actual, expected } of results) {
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
