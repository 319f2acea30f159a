import { expect } from 'chai';
import { runSeed } from './run-seed.ts';

/** Seeds in which the simulation once found a fault, which must stay fixed. */
const REGRESSIONS: Readonly<Record<number, string>> = {
	24: 'an image in use of one service was given up by the row of another that shares its content',
	25: 'an image pulled just before the target changed was left behind without an image record',
	1042: 'the tag of a forgotten image stayed behind and was taken for a newer digest of its repository',
};

describe('simulation, regressions', () => {
	for (const [seed, what] of Object.entries(REGRESSIONS)) {
		it(`seed ${seed}: ${what}`, async () => {
			expect((await runSeed(Number(seed), { config: false })).faults).to.deep.equal([]);
		});
	}
});
