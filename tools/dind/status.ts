import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from './command.ts';
import { parseCommandLine } from './command.ts';
import { describeStatus } from './describe-status.ts';
import { chooseDirectory } from './device-folder.ts';
import { chooseExitStatus } from './device-status.ts';
import type { DeviceStatus } from './device-status.ts';
import { PLACE_OPTIONS, describeOptions } from './options.ts';
import type { OptionTable } from './options.ts';
import { readStatus } from './read-status.ts';
import { choosePaint } from './terminal.ts';
import { asTyped } from './typed.ts';
import type { Typed } from './typed.ts';

const WATCH_MS = 1_000;
/** To the top left corner, and all below it away: what stays the same does not flicker. */
const HOME = '\u001b[H';
const CLEAR_LINE = '\u001b[K';
const CLEAR_BELOW = '\u001b[J';
const OPTIONS = {
	json: { type: 'boolean', help: 'as JSON, for programs; with --watch one line for each change' },
	watch: { type: 'boolean', short: 'w', help: 'show it anew each second, until Ctrl-C' },
} as const satisfies OptionTable;

export const statusCommand: Command = {
	name: 'status',
	usage: [
		'Usage: dindctl status [OPTIONS]',
		'',
		'Shows which release the device shall run and which one it runs, and why they differ.',
		'Ends with 0 when the device is on target, 3 when it is not, 4 when no device runs.',
		'',
		...describeOptions({ ...OPTIONS, ...PLACE_OPTIONS }),
	].join('\n'),
	async run(args, signal, typed) {
		const { values } = parseCommandLine('status', args, { options: OPTIONS, positionalsMax: 0 });
		const { json = false, watch = false } = values;
		const render = (status: DeviceStatus) =>
			json ? [JSON.stringify(status, undefined, watch ? undefined : '\t')] : renderForPeople(status, typed);
		const read = () => readStatus(chooseDirectory(values));
		if (watch) return watchStatus({ read, render, isRedrawn: !json && process.stdout.isTTY, signal });
		const status = await read();
		console.log(render(status).join('\n'));
		return chooseExitStatus(status);
	},
};

function renderForPeople(status: DeviceStatus, typed: Typed): readonly string[] {
	const paint = choosePaint(process.stdout, process.env);
	const lines = describeStatus(status, { now: Date.now(), paint });
	return lines.map((line) => asTyped(line, typed));
}

/** On a terminal the same screen again and again, else the whole of it after each change. */
async function watchStatus(options: {
	readonly read: () => Promise<DeviceStatus>;
	readonly render: (status: DeviceStatus) => readonly string[];
	readonly isRedrawn: boolean;
	readonly signal: AbortSignal;
}): Promise<number> {
	const { read, render, isRedrawn, signal } = options;
	let before = '';
	for (;;) {
		const status = await read();
		const now = JSON.stringify(status);
		if (isRedrawn) {
			const lines = render(status).map((line) => `${line}${CLEAR_LINE}\n`);
			process.stdout.write(`${HOME}${lines.join('')}${CLEAR_BELOW}`);
		} else if (now !== before) console.log(render(status).join('\n'));
		before = now;
		// Ctrl-C is its usual end.
		const isOver = await sleep(WATCH_MS, false, { signal }).catch(() => true);
		if (isOver) return chooseExitStatus(status);
	}
}
