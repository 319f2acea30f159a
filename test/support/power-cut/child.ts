import { writeSync } from 'node:fs';
import { FaultLayer } from './fault-layer.ts';
import { writeCases } from './write-cases.ts';

/** The process whose power is cut: FOLDER SEED CUT_AT CASE. Prints the number of calls if it comes to its end. */
const [, , folder = '', seed = '', cutAt = '', ...words] = process.argv;
const name = words.join(' ');

async function main(): Promise<void> {
	if (name === 'database') {
		const { keepReplacing } = await import('./target-writer.ts'); // the other cases start faster without a database
		return keepReplacing(folder, { killAfterMs: Number(cutAt) });
	}
	const found = writeCases(Number(seed)).find((one) => one.name === name);
	if (found === undefined) throw new Error(`there is no case ${name}`);
	const layer = new FaultLayer({ seed: Number(seed), cutAt: Number(cutAt) });
	layer.install();
	await found.write(folder);
	writeSync(1, String(layer.calls));
}

void main();
