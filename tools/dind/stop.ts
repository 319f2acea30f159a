import { existsSync, rmSync } from 'node:fs';
import { DeviceError } from '../device/index.ts';
import type { Command } from './command.ts';
import { parseCommandLine } from './command.ts';
import { chooseDirectory, readRecord } from './device-folder.ts';
import { findDevice } from './device-home.ts';
import { endContainer } from './engine-container.ts';
import { PLACE_OPTIONS, describeOptions } from './options.ts';
import type { OptionTable } from './options.ts';
import { shutDownOs } from './os.ts';

const OPTIONS = {
	keep: { type: 'boolean', help: 'keep images, volumes, identity and releases for the next dindctl run' },
	'no-clean': { type: 'boolean', help: 'the same' },
} as const satisfies OptionTable;

export const stopCommand: Command = {
	name: 'stop',
	usage: [
		'Usage: dindctl stop [OPTIONS]',
		'',
		'Ends everything the device runs and removes its data.',
		'',
		...describeOptions({ ...OPTIONS, ...PLACE_OPTIONS }),
	].join('\n'),
	async run(args) {
		const { values } = parseCommandLine('stop', args, { options: OPTIONS, positionalsMax: 0 });
		const directory = chooseDirectory(values);
		rmSync(`${directory}-failed-logs`, { recursive: true, force: true });
		if (readRecord(directory) === undefined) {
			console.log('There is no device');
			return 0;
		}
		const keep = values.keep === true || values['no-clean'] === true;
		await endDevice(directory, { keep });
		console.log(keep ? `Stopped. Its data stays in ${directory}` : 'Stopped and removed');
		return 0;
	},
};

/** Idempotent, and complete also for a device that was only half started. */
export async function endDevice(directory: string, options: { readonly keep: boolean }): Promise<void> {
	checkOwner(directory);
	const device = findDevice(directory);
	if (device !== undefined && options.keep) await shutDownOs(directory, device.record);
	await device?.host.stop();
	if (device?.record.home.kind === 'container') await endContainer(device.record.home, directory, options);
	if (!options.keep) rmSync(directory, { recursive: true, force: true });
}

export function checkOwner(directory: string): void {
	if (existsSync(directory) && process.getuid?.() !== 0 && readRecord(directory)?.home.kind === 'private') {
		throw new DeviceError('The device belongs to root', 'Run it with sudo');
	}
}
