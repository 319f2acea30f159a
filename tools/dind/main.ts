/**
 * dindctl: a device for development on this machine, from one command.
 *
 * One file per command; `run` makes the device, the others show or change it. `device-folder.ts` has its files,
 * `device-home.ts` its place (its own namespaces, or beside an existing engine). A failure that the user can fix is a
 * DeviceError and ends in one line.
 */
import { DeviceError } from '../device/index.ts';
import { buildCommand } from './build.ts';
import type { Command } from './command.ts';
import { dockerCommand } from './docker.ts';
import { keyCommand } from './key.ts';
import { logsCommand } from './logs.ts';
import { refreshCommand } from './refresh.ts';
import { releaseCommand } from './release.ts';
import { buildrunCommand, runCommand } from './run.ts';
import { shellCommand } from './shell.ts';
import { statusCommand } from './status.ts';
import { stopCommand } from './stop.ts';

const COMMANDS: readonly Command[] = [
	runCommand,
	buildCommand,
	buildrunCommand,
	statusCommand,
	logsCommand,
	releaseCommand,
	refreshCommand,
	dockerCommand,
	shellCommand,
	keyCommand,
	stopCommand,
];
const INTERRUPTED = 130;

async function main(args: readonly string[], signal: AbortSignal): Promise<number> {
	const [name = '', ...rest] = args;
	const command = COMMANDS.find((candidate) => candidate.name === name);
	if (command === undefined) {
		throw new DeviceError(`There is no command ${name}`, 'See dindctl --help');
	}
	const end = rest.indexOf('--');
	const own = command.passesOptions === true ? rest.slice(0, 1) : end < 0 ? rest : rest.slice(0, end);
	if (own.includes('--help') || own.includes('-h')) {
		console.log(command.usage);
		return 0;
	}
	return command.run(rest, signal);
}

const interruption = new AbortController();
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => interruption.abort());
// A pipe to `head` closes early; that is not an error.
process.stdout.on('error', () => process.exit(0));

try {
	process.exitCode = await main(process.argv.slice(2), interruption.signal);
} catch (error) {
	if (interruption.signal.aborted) process.exitCode = INTERRUPTED;
	else if (error instanceof DeviceError) {
		console.error(`dindctl: ${error.message}`);
		process.exitCode = 1;
	} else if ((error as NodeJS.ErrnoException).code === 'ENOSPC') {
		console.error('dindctl: The disk is full. Free some space and repeat.');
		process.exitCode = 1;
	} else throw error;
}
