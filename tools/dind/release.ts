import { DeviceError } from '../device/index.ts';
import type { Command } from './command.ts';
import { parseCommandLine } from './command.ts';
import { chooseDirectory, hasCloud } from './device-folder.ts';
import { requireDevice } from './device-home.ts';
import { findMachine } from './engine-container.ts';
import { PLACE_OPTIONS, describeOptions } from './options.ts';
import type { OptionTable } from './options.ts';
import { prepareRelease } from './prepare-release.ts';
import { pushRelease } from './push-release.ts';
import { readReleaseFile } from './read-release-file.ts';
import { STABLE_MS, watchRelease } from './watch-release.ts';

const OPTIONS = {
	'env-file': {
		type: 'string',
		multiple: true,
		value: 'FILE',
		help: 'take variables from this file instead of .env; may be repeated',
	},
	'no-wait': { type: 'boolean', help: 'return when the cloud has the release' },
} as const satisfies OptionTable;

export const releaseCommand: Command = {
	name: 'release',
	usage: [
		'Usage: dindctl release FILE [OPTIONS]',
		'',
		"Builds the services of a compose file on the device's engine (or takes their image:), makes them the release of",
		'the fleet and follows the device. A service whose content did not change keeps running. Ends with 0 when the device is',
		`on target and has been for ${STABLE_MS / 1000} seconds, with 1 and the reason when the release is refused, fails or crashes.`,
		'Images can start FROM device-base (busybox). Variables of the file, as in ${NAME:-default}, come from the environment',
		'and from .env beside it.',
		'',
		...describeOptions({ ...OPTIONS, ...PLACE_OPTIONS }),
	].join('\n'),
	async run(args, signal) {
		const { values, positionals } = parseCommandLine('release', args, {
			options: OPTIONS,
			positionalsMax: 1,
		});
		const [path] = positionals;
		if (path === undefined) throw new DeviceError('No compose file was given', 'See dindctl release --help');
		const directory = chooseDirectory(values);
		const { host, record } = requireDevice(directory);
		if (record.fleet === undefined && hasCloud(directory)) {
			throw new DeviceError('This device belongs to another cloud', 'Push the release there');
		}
		const file = readReleaseFile(path, values['env-file']);
		const registry = `${await findMachine(record.home)}:${record.ports.registry}`;
		console.log('Images');
		const prepared = await prepareRelease(file, { socketPath: host.socketPath, registry, signal });
		const commit = await pushRelease(directory, { record, prepared, folder: file.folder });
		console.log(`Release ${commit}`);
		if (values['no-wait'] !== true) {
			await watchRelease({ directory, commit, trigger: true, stableMs: STABLE_MS, signal });
		}
		return 0;
	},
};
