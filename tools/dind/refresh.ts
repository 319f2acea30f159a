import { DeviceError } from '../device/index.ts';
import { ensureOsBase } from '../os/index.ts';
import type { Command } from './command.ts';
import { parseCommandLine } from './command.ts';
import { chooseDirectory } from './device-folder.ts';
import { requireDevice } from './device-home.ts';
import { PLACE_OPTIONS, describeOptions } from './options.ts';
import { installSupervisor, startOsSupervisor } from './os.ts';
import { buildSupervisor } from './supervisor.ts';

export const refreshCommand: Command = {
	name: 'refresh',
	usage: [
		'Usage: dindctl refresh',
		'',
		'Builds the supervisor, brings it to the host of dindctl run --os as a new image (or, with --mount-dist, leaves it where',
		'it is mounted), and restarts its service.',
		'',
		...describeOptions(PLACE_OPTIONS),
	].join('\n'),
	async run(args, signal) {
		const { values } = parseCommandLine('refresh', args, { options: {}, positionalsMax: 0 });
		const directory = chooseDirectory(values);
		const { host, record } = requireDevice(directory);
		const { os } = record;
		if (os === undefined) throw new DeviceError('This device is no host', 'Make one with dindctl run --os');
		const log = (line: string) => console.log(line);
		const isMounted = os.mounts?.includes('dist') === true;
		if (os.isGiven === true && !isMounted) {
			throw new DeviceError(`This device runs the image ${os.image}`, 'Run it with --mount-dist, or without --image');
		}
		const program = await buildSupervisor({ log, isReadable: os.isReadable === true, signal });
		if (!isMounted) {
			const base = await ensureOsBase({ log, signal });
			log('Replacing the image of the supervisor');
			await installSupervisor({ host, os, base, program, log, signal });
		}
		log('Restarting the supervisor');
		await startOsSupervisor(directory, os);
		return 0;
	},
};
