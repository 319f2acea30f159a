import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { DeviceError } from '../device/index.ts';
import type { Command } from './command.ts';
import { parseCommandLine, parseNumber } from './command.ts';
import { listContainers, listServices } from './containers.ts';
import { chooseDirectory, readRecord } from './device-folder.ts';
import { findDevice, isDeviceAlive, requireDevice } from './device-home.ts';
import { runAttached } from './docker.ts';
import { followLogs, readLogs } from './follow-logs.ts';
import type { LogSources } from './follow-logs.ts';
import { formatLine, mergeLines, parseSince } from './log-lines.ts';
import type { LogLine } from './log-lines.ts';
import { PLACE_OPTIONS, describeOptions, takePlace } from './options.ts';
import type { OptionTable } from './options.ts';
import { runInOs } from './shell.ts';
import { choosePaint } from './terminal.ts';

const SUPERVISOR = 'supervisor';
/** Their logs are shown as they are. */
const PROGRAMS = ['cloud', 'engine', 'registry', 'host'];
const NAMES_MAX = 50;
const LINES = 100;
const OPTIONS = {
	follow: { type: 'boolean', short: 'f', help: 'follow until Ctrl-C, also services that are replaced' },
	lines: { type: 'string', short: 'n', value: 'N', help: `the last N lines of each (${LINES})` },
	timestamps: { type: 'boolean', short: 't', help: 'with the time of each line' },
	since: { type: 'string', value: 'TIME', help: 'from then on: 90s, 10m, 1h30m or 2d ago, or a date and time' },
	'no-prefix': { type: 'boolean', help: 'without the names before the lines' },
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
		'Usage: dindctl logs [OPTIONS] [NAME…]',
		'',
		`NAME is a service of the release, ${SUPERVISOR}, or one of ${PROGRAMS.join(', ')}. Without a name: all services and the`,
		'supervisor, in the order of their times.',
		'',
		"On a host of run --os all arguments are journalctl's: dindctl logs -n 50 -u balena-supervisor",
		'',
		...describeOptions({ ...OPTIONS, ...PLACE_OPTIONS }),
	].join('\n'),
	async run(args, signal) {
		const journal = findJournal(args);
		if (journal !== undefined) return runInOs(journal.directory, ['journalctl', ...journal.args], process.stdout.isTTY);
		const { values, positionals: names } = parseCommandLine('logs', args, {
			options: OPTIONS,
			positionalsMax: NAMES_MAX,
		});
		const directory = chooseDirectory(values);
		const linesMax = parseNumber('--lines', values.lines, LINES);
		const sinceMs = values.since === undefined ? undefined : parseSince(values.since, Date.now());
		const isFollowed = values.follow === true;
		const program = names.find((name) => PROGRAMS.includes(name));
		if (program !== undefined) {
			if (names.length > 1 || sinceMs !== undefined || values.timestamps === true) {
				throw new DeviceError(
					`The log of the ${program} is shown by itself and as it is`,
					'Use only -f and -n with it',
				);
			}
			return showProgram(directory, program, { linesMax, isFollowed });
		}
		const sources = await findSources(directory, names, { linesMax, sinceMs });
		const logs = await readLogs(sources);
		const format = {
			width: Math.max(...logs.flatMap((log) => log.slice(-1).map(({ source }) => source.length)), SUPERVISOR.length),
			hasPrefix: values['no-prefix'] !== true && names.length !== 1,
			hasTime: values.timestamps === true,
			paint: choosePaint(process.stdout, process.env),
		};
		const print = (line: LogLine) => console.log(formatLine(line, format));
		mergeLines(logs, linesMax).forEach(print);
		if (!isFollowed) return 0;
		await followLogs(sources, { shown: logs, print, signal });
		return 0;
	},
};

async function findSources(
	directory: string,
	names: readonly string[],
	range: Pick<LogSources, 'linesMax' | 'sinceMs'>,
): Promise<LogSources> {
	const supervisorLog = join(directory, 'logs', `${SUPERVISOR}.log`);
	const services = names.filter((name) => name !== SUPERVISOR);
	const isSupervisorWanted = names.length === 0 || names.includes(SUPERVISOR);
	if (isSupervisorWanted && services.length === 0 && !existsSync(supervisorLog)) {
		throw new DeviceError('There is no log of the supervisor', 'Start it with dindctl run');
	}
	const onlySupervisor = isSupervisorWanted && services.length === 0;
	const common = { ...range, services, supervisorLog: isSupervisorWanted ? supervisorLog : undefined };
	// Of a device that has ended it says why.
	const device = onlySupervisor ? findDevice(directory) : requireDevice(directory);
	if (device === undefined || !isDeviceAlive(device)) return { ...common, socketPath: undefined };
	const { socketPath } = device.host;
	if (services.length > 0) {
		const containers = await listContainers(socketPath);
		for (const name of services) checkService(name, containers);
	}
	return { ...common, socketPath };
}

function checkService(name: string, containers: Awaited<ReturnType<typeof listContainers>>): void {
	if (listServices(containers).includes(name)) return;
	const known = [...listServices(containers), SUPERVISOR, ...PROGRAMS].join(', ');
	throw new DeviceError(`There is no service ${name}`, `Choose one of ${known}`);
}

function showProgram(
	directory: string,
	name: string,
	{ linesMax, isFollowed }: { readonly linesMax: number; readonly isFollowed: boolean },
): Promise<number> {
	const path = join(directory, 'logs', `${name}.log`);
	if (!existsSync(path)) throw new DeviceError(`There is no log of the ${name}`, 'Start it with dindctl run');
	return runAttached('tail', [...(isFollowed ? ['-F'] : []), '-n', String(linesMax), path]);
}
