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
import { execCommand } from './exec.ts';
import { eventsCommand } from './events.ts';
import { explainCommand } from './explain.ts';
import { historyCommand } from './history.ts';
import { keyCommand } from './key.ts';
import { logsCommand } from './logs.ts';
import { openCommand } from './open.ts';
import { takePlace } from './options.ts';
import { refreshCommand } from './refresh.ts';
import { releaseCommand } from './release.ts';
import { buildrunCommand, runCommand } from './run.ts';
import { shellCommand } from './shell.ts';
import { statusCommand } from './status.ts';
import { stopCommand } from './stop.ts';
import { asTyped, readTyped } from './typed.ts';
import type { Typed } from './typed.ts';

const COMMANDS: readonly Command[] = [
	runCommand,
	buildCommand,
	buildrunCommand,
	statusCommand,
	explainCommand,
	historyCommand,
	eventsCommand,
	logsCommand,
	releaseCommand,
	refreshCommand,
	dockerCommand,
	execCommand,
	shellCommand,
	openCommand,
	keyCommand,
	stopCommand,
];
const INTERRUPTED = 130;

/** Of the file system, in the words of a person. */
const FILE_PROBLEMS: Readonly<Record<string, string>> = {
	EROFS: 'is on a read-only disk',
	EACCES: 'cannot be written: permission denied',
	EPERM: 'cannot be written: permission denied',
	ENOTDIR: 'is below a file, not a folder',
	EEXIST: 'is a file, not a folder',
};

async function main(args: readonly string[], signal: AbortSignal): Promise<number> {
	const [name = '', ...rest] = args;
	const command = findCommand(name);
	if (command === undefined) {
		throw new DeviceError(`There is no command ${name}`, 'See dindctl --help');
	}
	const end = rest.indexOf('--');
	const own = command.passesOptions === true ? rest.slice(0, 1) : end < 0 ? rest : rest.slice(0, end);
	if (own.includes('--help') || own.includes('-h')) {
		console.log(asTyped(command.usage, readTyped(process.env, {})));
		return 0;
	}
	return command.run(rest, signal, describeTyped(args));
}

function findCommand(name: string): Command | undefined {
	return COMMANDS.find((candidate) => candidate.name === name);
}

/** A place that cannot be read is reported by the command itself. */
function describeTyped([name = '', ...rest]: readonly string[]): Typed {
	try {
		const where = findCommand(name)?.passesOptions === true ? 'first' : 'anywhere';
		return readTyped(process.env, takePlace(rest, where).place);
	} catch {
		return readTyped(process.env, {});
	}
}

/** In one line; undefined for what is a defect of this program. */
function describeFailure(error: unknown): string | undefined {
	if (error instanceof DeviceError) return error.message;
	const { code = '', path, syscall } = error as NodeJS.ErrnoException;
	if (code === 'ENOSPC') return 'The disk is full. Free some space and repeat.';
	const problem = code === 'ENOENT' && syscall === 'mkdir' ? 'cannot be made there' : FILE_PROBLEMS[code];
	if (problem === undefined || path === undefined) return undefined;
	return `${path} ${problem}. Choose another --directory, or correct it.`;
}

const args = process.argv.slice(2);
const interruption = new AbortController();
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => interruption.abort());
// A pipe to `head` closes early; that is not an error.
process.stdout.on('error', () => process.exit(0));

try {
	process.exitCode = await main(args, interruption.signal);
} catch (error) {
	const failure = describeFailure(error);
	if (interruption.signal.aborted) process.exitCode = INTERRUPTED;
	else if (failure === undefined) throw error;
	else {
		if (error instanceof DeviceError && error.details !== undefined) console.error(error.details);
		console.error(`dindctl: ${asTyped(failure, describeTyped(args))}`);
		process.exitCode = 1;
	}
}
