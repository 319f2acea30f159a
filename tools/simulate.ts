/**
 * Lives of a device under faults, many of them: `npm run simulate -- --seeds 5000 --from 1`. A seed that fails is named;
 * `--seeds 1 --from SEED --trace` runs it again and tells what
 * happened.
 */
import { parseArgs } from 'node:util';
import { runSeed } from '../test/simulation/run-seed.ts';

const USAGE = 'Usage: npm run simulate -- [--seeds N] [--from SEED] [--trace]';

async function main(): Promise<number> {
	let seeds: number;
	let from: number;
	let trace: ((line: string) => void) | undefined;
	try {
		const { values } = parseArgs({
			options: {
				seeds: { type: 'string' },
				from: { type: 'string' },
				trace: { type: 'boolean' },
				help: { type: 'boolean' },
			},
		});
		if (values.help === true) {
			console.log(USAGE);
			return 0;
		}
		trace = values.trace === true ? console.log : undefined;
		[seeds, from] = [toCount(values.seeds ?? '1000'), toCount(values.from ?? '1')];
	} catch (error) {
		console.error(`simulate: ${error instanceof Error ? error.message : String(error)}. ${USAGE}`);
		return 64;
	}
	const startedAt = performance.now();
	let failed = 0;
	let passes = 0;
	for (let seed = from; seed < from + seeds; seed++) {
		const result = await runSeed(seed, trace);
		passes += result.passes;
		if (result.faults.length > 0) {
			failed += 1;
			console.log(`seed ${seed}:\n  ${result.faults.join('\n  ')}`);
		}
	}
	const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
	console.log(`${seeds} seeds from ${from}: ${passes} passes of the loop in ${seconds} s`);
	console.log(`${seeds - failed} passed, ${failed} failed`);
	return failed === 0 ? 0 : 1;
}

function toCount(text: string): number {
	if (!/^\d+$/.test(text)) {
		throw new Error(`"${text}" is not a whole number`);
	}
	return Number(text);
}

process.exitCode = await main();
