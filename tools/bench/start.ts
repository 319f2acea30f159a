/**
 * `npm run bench`. Installs the programs for comparison first, because the private engine has no access to Debian's
 * packages, then runs the measurements there.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:os';
import { join } from 'node:path';
import { DeviceError, ensureCompose } from '../device/index.ts';

const RUN_INSIDE = join(import.meta.dirname, '../device/run-inside.ts');
const MAIN = join(import.meta.dirname, 'main.ts');
const args = process.argv.slice(2);
const log = (line: string) => console.error(line);

async function bringCompose(): Promise<void> {
	if (args.includes('--only') && !args.includes('downtime')) return;
	try {
		await ensureCompose({ log });
	} catch (error) {
		// Its rows are left out then.
		if (!(error instanceof DeviceError)) throw error;
		log(error.message);
	}
}

async function main(): Promise<number> {
	const measure = ['node', '--import', 'tsx', MAIN, ...args];
	const [command = '', ...rest] = args.includes('--help')
		? measure
		: ['node', '--import', 'tsx', RUN_INSIDE, '--', ...measure];
	if (!args.includes('--help')) await bringCompose();
	const child = spawn(command, rest, { stdio: 'inherit' });
	// The terminal's own signals reach both.
	process.on('SIGTERM', () => child.kill('SIGTERM')).on('SIGINT', () => undefined);
	const [code, endedBy] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
	return code ?? 128 + constants.signals[endedBy ?? 'SIGKILL'];
}

process.exitCode = await main();
