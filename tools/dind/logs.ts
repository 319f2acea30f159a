import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { DeviceError } from '../device/index.ts';
import type { Command } from './command.ts';
import { parseCommandLine, parseNumber } from './command.ts';
import { listContainers } from './containers.ts';
import { chooseDirectory, readRecord } from './device-folder.ts';
import { requireDevice } from './device-home.ts';
import { runAttached } from './docker.ts';
import { PLACE_OPTIONS, describeOptions, takePlace } from './options.ts';
import type { OptionTable } from './options.ts';
import { runInOs } from './shell.ts';

const PROGRAMS = ['supervisor', 'cloud', 'engine', 'registry', 'host'];
const LINES = 100;
const OPTIONS = {
	follow: { type: 'boolean', short: 'f', help: 'follow until Ctrl-C' },
	lines: { type: 'string', short: 'n', value: 'N', help: `the last N lines (${LINES})` },
} as const satisfies OptionTable;

/** A host has a journal, and all arguments are journalctl's (spec: dev-tools 7.1). */
function findJournal(args: readonly string[]) {
	const { place, rest } = takePlace(args, 'anywhere');
	const directory = chooseDirectory(place);
	return readRecord(directory)?.os === undefined ? undefined : { directory, args: rest };
}

export const logsCommand: Command = {
	name: 'logs',
	usage: [
		'Usage: dindctl logs [-f] [-n N] [SERVICE]',
		'',
		`Without a name: the supervisor. SERVICE is a service of the release, or one of ${PROGRAMS.join(', ')}.`,
		'',
		"On a host of run --os all arguments are journalctl's: dindctl logs -n 50 -u balena-supervisor",
		'',
		...describeOptions({ ...OPTIONS, ...PLACE_OPTIONS }),
	].join('\n'),
	async run(args) {
		const journal = findJournal(args);
		if (journal !== undefined) return runInOs(journal.directory, ['journalctl', ...journal.args], process.stdout.isTTY);
		const { values, positionals } = parseCommandLine('logs', args, {
			options: OPTIONS,
			positionalsMax: 1,
		});
		const directory = chooseDirectory(values);
		const name = positionals[0] ?? 'supervisor';
		const lines = String(parseNumber('--lines', values.lines, LINES));
		if (PROGRAMS.includes(name)) {
			const path = join(directory, 'logs', `${name}.log`);
			if (!existsSync(path)) throw new DeviceError(`There is no log of the ${name}`, 'Start it with dindctl run');
			return runAttached('tail', [...(values.follow === true ? ['-F'] : []), '-n', lines, path]);
		}
		const { host } = requireDevice(directory);
		const containers = await listContainers(host.socketPath);
		const container = containers.find((candidate) => candidate.service === name);
		if (container === undefined) {
			const known = [...new Set(containers.map((candidate) => candidate.service)), ...PROGRAMS].join(', ');
			throw new DeviceError(`There is no service ${name}`, `Choose one of ${known}`);
		}
		const follow = values.follow === true ? ['--follow'] : [];
		return runAttached('docker', ['logs', ...follow, '--tail', lines, container.id], {
			DOCKER_HOST: `unix://${host.socketPath}`,
		});
	},
};
