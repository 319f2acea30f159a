import { parseArgs } from 'node:util';
import { shareFiles } from './shared-files.ts';

/** `npm run soak:shared-files [-- --seconds 60 --seed 1]`: ten minutes without options. Status 1 if anything was lost. */
const { values } = parseArgs({
	options: { seconds: { type: 'string', default: '600' }, seed: { type: 'string', default: String(Date.now() % 1e6) } },
});
const [seconds, seed] = [Number(values.seconds), Number(values.seed)];
console.log(`config.json and config.txt are shared for ${seconds} s, seed ${seed}`);
const { problems, ...counts } = await shareFiles({ seconds, seed });
console.log(JSON.stringify(counts));
for (const problem of problems) console.error(`LOST: ${problem}`);
process.exitCode = problems.length === 0 ? 0 : 1;
