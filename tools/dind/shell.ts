import { DeviceError } from '../device/index.ts';
import { insideHost } from '../os/index.ts';
import type { Command } from './command.ts';
import { chooseDirectory } from './device-folder.ts';
import { requireDevice } from './device-home.ts';
import { runAttached } from './docker.ts';
import { takePlace } from './options.ts';
import { requireCarrier } from './os.ts';

export const shellCommand: Command = {
	name: 'shell',
	passesOptions: true,
	usage: [
		'Usage: dindctl shell [COMMAND ARGS…]',
		'',
		'A shell in the host of dindctl run --os, or a command there: dindctl shell systemctl status balena-supervisor',
		'Where the device is comes from DINDCTL_DIRECTORY, or from --directory DIR or --dind-container NAME before COMMAND.',
	].join('\n'),
	async run(args) {
		const { place, rest } = takePlace(args, 'first');
		const command = rest.length === 0 ? ['bash', '--login'] : rest;
		return runInOs(chooseDirectory(place), command, process.stdin.isTTY);
	},
};

/** Leaves the terminal to a command in the host. Returns its status. */
export async function runInOs(directory: string, command: readonly string[], isTerminal: boolean): Promise<number> {
	const { os } = requireDevice(directory).record;
	if (os === undefined) throw new DeviceError('This device is no host', 'Make one with dindctl run --os');
	const carrier = requireCarrier(directory);
	return runAttached('docker', insideHost(os.container, command, isTerminal), {
		DOCKER_HOST: `unix://${carrier.socketPath}`,
	});
}
