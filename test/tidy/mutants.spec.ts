import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { mutant, mutate, type Mutant } from '../../tools/mutants/mutant.ts';
import { MUTANTS } from '../../tools/mutants/mutants.ts';
import { PROJECT } from './sources.ts';

/** The whole run takes minutes and is seldom made; that a mutant can be applied is cheap to know with each change. */
describe('mutants', () => {
	it('each have their place in the code, exactly once', () => {
		const lost = MUTANTS.filter((one) => !isApplied(one)).map(({ breaks, file }) => `${breaks}: not found in ${file}`);
		expect(lost).to.deep.equal([]);
	});

	it('each have a sentence of their own, by which they are called', () => {
		const sentences = MUTANTS.map(({ breaks }) => breaks);
		expect(sentences.filter((sentence, index) => sentences.indexOf(sentence) !== index)).to.deep.equal([]);
	});

	it('count as lost where their place is gone, is there twice, or goes with an earlier edit', () => {
		const once = mutant('', '', ['a', 'b'], ['b', 'c']);
		expect(mutate('a', once)).to.equal('c');
		for (const text of ['', 'a a', 'a b']) expect(mutate(text, once), text).to.equal(undefined);
	});
});

function isApplied(one: Mutant): boolean {
	const path = join(PROJECT, one.file);
	const text = existsSync(path) ? readFileSync(path, 'utf8') : '';
	const mutated = mutate(text, one);
	return mutated !== undefined && mutated !== text;
}
