/**
 * Checks that tests catch deliberate faults, each made in a copy of the tree: `npm run mutants`, or
 * `npm run mutants -- --only word` for mutants whose sentence contains the word. Exit code 1 if one survives, or if the
 * code that it was written for has changed.
 */
import { parseArgs } from 'node:util';
import { MUTANTS } from './mutants.ts';
import { makeCopy, removeCopy, runTests, TEST_SETS, tryMutant, type Copy, type Verdict } from './try-mutant.ts';
import type { Mutant } from './mutant.ts';

const AT_ONCE = 2;

async function main(): Promise<number> {
	const { values } = parseArgs({ options: { only: { type: 'string', default: '' } } });
	const mutants = MUTANTS.filter(({ breaks }) => breaks.includes(values.only));
	const copies = Array.from({ length: AT_ONCE }, () => makeCopy());
	try {
		if (!(await isSound(copies[0]))) {
			return 2;
		}
		const verdicts = await tryAll(mutants, copies);
		const survivors = verdicts.filter(({ isCaught }) => !isCaught);
		console.log(`${mutants.length - survivors.length} of ${mutants.length} mutants caught`);
		return survivors.length === 0 ? 0 : 1;
	} finally {
		copies.forEach(removeCopy);
	}
}

/** Tests that already fail would catch every mutant. */
async function isSound(copy: Copy | undefined): Promise<boolean> {
	if (copy === undefined) {
		return false;
	}
	for (const set of TEST_SETS) {
		const { isPassed, output } = await runTests(copy, set);
		if (!isPassed) {
			console.error(`the tests "${set.name}" fail without any mutant:\n${output}`);
			return false;
		}
	}
	return true;
}

async function tryAll(mutants: readonly Mutant[], copies: readonly Copy[]): Promise<readonly Verdict[]> {
	const left = [...mutants];
	const verdicts: Verdict[] = [];
	await Promise.all(
		copies.map(async (copy) => {
			for (let next = left.shift(); next !== undefined; next = left.shift()) {
				const verdict = await tryMutant(next, copy);
				verdicts.push(verdict);
				const seconds = (verdict.ms / 1000).toFixed(1).padStart(5);
				console.log(
					`${verdict.isCaught ? 'caught  ' : 'SURVIVED'} ${verdict.by.padEnd(12)}${seconds} s  ${next.breaks}`,
				);
			}
		}),
	);
	return verdicts;
}

process.exitCode = await main();
