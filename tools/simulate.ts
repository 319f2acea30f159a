/**
 * Simulates many devices with faults: `npm run simulate -- --seeds 5000 --from 1`. It prints each failing seed;
 * `--seeds 1 --from SEED --trace` runs it again and prints everything that happened.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { runSeed } from '../test/simulation/run-seed.ts';

const USAGE = 'Usage: npm run simulate -- [--seeds N] [--from SEED] [--trace]';
const USAGE_STATUS = 64; // EX_USAGE
/** Below this a second process is not worth its start. */
const SHARE_MIN = 200;
/** More of them say nothing new. */
const NAMED_MAX = 20;
const FAULTS_MAX = 10;

interface Share {
	readonly seeds: number;
	readonly from: number;
}

interface Count {
	readonly failed: number;
	readonly passes: number;
}

async function main(): Promise<number> {
	let share: Share;
	let isTraced: boolean;
	let isPart: boolean;
	try {
		const { values } = parseArgs({
			options: {
				seeds: { type: 'string' },
				from: { type: 'string' },
				trace: { type: 'boolean' },
				part: { type: 'boolean' },
				help: { type: 'boolean' },
			},
		});
		if (values.help === true) {
			console.log(USAGE);
			return 0;
		}
		share = { seeds: toCount(values.seeds ?? '1000'), from: toCount(values.from ?? '1') };
		isTraced = values.trace === true;
		isPart = values.part === true;
	} catch (error) {
		console.error(`simulate: ${error instanceof Error ? error.message : String(error)}. ${USAGE}`);
		return USAGE_STATUS;
	}
	if (isPart) {
		console.log(JSON.stringify(await run(share)));
		return 0;
	}
	const startedAt = performance.now();
	const { failed, passes } = await (share.seeds < 2 * SHARE_MIN ? run(share, isTraced) : runInParts(share));
	const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
	console.log(`${share.seeds} seeds from ${share.from}: ${passes} passes of the loop in ${seconds} s`);
	console.log(`${share.seeds - failed} passed, ${failed} failed`);
	return failed === 0 ? 0 : 1;
}

async function run({ seeds, from }: Share, isTraced = false): Promise<Count> {
	let failed = 0;
	let passes = 0;
	for (let seed = from; seed < from + seeds; seed++) {
		const result = await runSeed(seed, { trace: isTraced ? console.log : undefined });
		passes += result.passes;
		if (result.faults.length > 0) {
			failed += 1;
			if (failed <= NAMED_MAX) {
				console.log(`seed ${seed}:\n  ${result.faults.slice(0, FAULTS_MAX).join('\n  ')}`);
			}
		}
	}
	return { failed, passes };
}

/** One process for each processor: seeds are independent. */
async function runInParts({ seeds, from }: Share): Promise<Count> {
	const parts = Math.min(availableParallelism(), Math.floor(seeds / SHARE_MIN));
	const size = Math.ceil(seeds / parts);
	const counts = await Promise.all(
		Array.from({ length: parts }, (_, n) => {
			const start = from + n * size;
			return runPart({ from: start, seeds: Math.min(size, from + seeds - start) });
		}),
	);
	return {
		failed: counts.reduce((sum, count) => sum + count.failed, 0),
		passes: counts.reduce((sum, count) => sum + count.passes, 0),
	};
}

async function runPart({ seeds, from }: Share): Promise<Count> {
	const args = [...process.execArgv, import.meta.filename, '--part', '--seeds', String(seeds), '--from', String(from)];
	const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
	let output = '';
	child.stdout.setEncoding('utf8').on('data', (text: string) => {
		output += text;
	});
	const [status] = (await once(child, 'close')) as [number | null];
	const lines = output.trimEnd().split('\n');
	const last = lines.pop() ?? '';
	lines.forEach((line) => {
		console.log(line);
	});
	if (status !== 0) {
		throw new Error(`the part from seed ${from} ended with ${String(status)}: ${last}`);
	}
	return JSON.parse(last) as Count; // written by `main` above
}

function toCount(text: string): number {
	if (!/^\d+$/.test(text)) {
		throw new Error(`"${text}" is not a whole number`);
	}
	return Number(text);
}

process.exitCode = await main();
