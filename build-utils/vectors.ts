import { existsSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { OTHER_ANSWERS } from '../test/vectors/answer-others.ts';
import { COMPOSE_ANSWERS, readVectors, runVectors, type Answer } from '../test/vectors/run-vectors.ts';

/** Runs golden vectors: of the given folders, or our fixtures. */

const FIXTURES = join(import.meta.dirname, '../test/fixtures');
const OWN = ['vectors', 'vectors-own'].map((name) => join(FIXTURES, name));
const ANSWERS: Readonly<Record<string, Answer>> = { ...COMPOSE_ANSWERS, ...OTHER_ANSWERS };

interface Count {
	readonly passed: number;
	readonly failed: number;
	/** Intended differences from version 19, each with its reason. */
	readonly explained: number;
	readonly skipped: number;
}

function runFile(folder: string, file: string): Count {
	const answer = ANSWERS[file];
	const results = answer === undefined ? [] : runVectors(folder, { [file]: answer });
	// Our own answers have no intended differences, and an explained difference must not disappear.
	const failed = results.filter(({ passed, explained }) => passed !== (explained === undefined));
	for (const { name, passed, actual, expected } of failed) {
		console.log(`  failed: ${file}: ${name}${passed ? ' (does not differ any more)' : ''}`);
		if (!passed && process.env['SHOW_DIFFERENCES'] === '1') {
			console.log(`    expected ${JSON.stringify(expected)}\n    actual   ${JSON.stringify(actual)}`);
		}
	}
	const explained = results.filter((result) => !result.passed && result.explained !== undefined).length;
	return {
		passed: results.length - failed.length - explained,
		failed: failed.length,
		explained,
		skipped: readVectors(folder, file).length - results.length,
	};
}

function describe(file: string, { passed, failed, explained, skipped }: Count): string {
	const rest = [
		...(explained > 0 ? [`${explained} differ on purpose`] : []),
		...(skipped > 0 ? [`${skipped} skipped: not implemented yet`] : []),
	];
	return `${file}.json: ${[`${passed} passed`, `${failed} failed`, ...rest].join(', ')}`;
}

function main(folders: readonly string[]): number {
	const missing = folders.filter((folder) => !existsSync(folder) || !statSync(folder).isDirectory());
	if (missing.length > 0) {
		console.error(`vectors: there is no folder ${missing.join(', ')}`);
		return 64; // EX_USAGE
	}
	const total = { passed: 0, failed: 0, explained: 0, skipped: 0 };
	for (const folder of folders) {
		console.log(`== ${folder}`);
		for (const file of Object.keys(ANSWERS)) {
			if (!existsSync(join(folder, `${file}.json`))) {
				continue;
			}
			const count = runFile(folder, file);
			console.log(describe(file, count));
			total.passed += count.passed;
			total.failed += count.failed;
			total.explained += count.explained;
			total.skipped += count.skipped;
		}
	}
	console.log(`${total.explained} differ on purpose (test/vectors/explained-differences.ts), ${total.skipped} skipped`);
	console.log(`${total.passed} passed, ${total.failed} failed`);
	return total.failed === 0 ? 0 : 1;
}

const given = process.argv.slice(2).map((folder) => resolve(folder));
process.exitCode = main(given.length > 0 ? given : OWN);
