import { DeviceError } from '../device/index.ts';
import { insideHost } from '../os/index.ts';
import type { Command } from './command.ts';
import { listContainers, listServices } from './containers.ts';
import { chooseDirectory } from './device-folder.ts';
import { requireDevice } from './device-home.ts';
import { runAttached } from './docker.ts';
import { openShell } from './exec.ts';
import { takePlace } from './options.ts';
import { requireCarrier } from './os.ts';

export const shellCommand: Command = {
	name: 'shell',
	passesOptions: true,
	usage: [
		'Usage: dindctl shell [SERVICE]                 a shell in a service',
		'       dindctl shell --service SERVICE         the same, also where the device is a host',
		'       dindctl shell [COMMAND ARGS…]           in the host of dindctl run --os: a shell, or a command there',
		'',
		'For example: dindctl shell web, and on a host: dindctl shell systemctl status balena-supervisor',
		'Where the device is comes from DINDCTL_DIRECTORY, or from --directory DIR or --name NAME before all else.',
	].join('\n'),
	async run(args) {
		const { place, rest } = takePlace(args, 'first');
		const directory = chooseDirectory(place);
		const [first, second] = rest;
		if (first === '--service') {
			if (second === undefined) throw new DeviceError('--service needs a value', 'See dindctl shell --help');
			return openShell(directory, second);
		}
		const { record, host } = requireDevice(directory);
		if (record.os !== undefined) {
			const command = rest.length === 0 ? ['bash', '--login'] : rest;
			return runInOs(directory, command, process.stdin.isTTY);
		}
		if (second !== undefined) {
			throw new DeviceError(`Too much: ${second}`, 'Use dindctl exec SERVICE COMMAND, or a host of dindctl run --os');
		}
		return openShell(directory, first ?? (await chooseOnly(host.socketPath)));
	},
};

/** Where there is one service only, it is meant. */
async function chooseOnly(socketPath: string): Promise<string> {
	const services = listServices(await listContainers(socketPath));
	const [only] = services;
	if (only !== undefined && services.length === 1) return only;
	const remedy = only === undefined ? 'The device runs none' : `Choose one of ${services.join(', ')}`;
	throw new DeviceError('No service was given', remedy);
}

/** Leaves the terminal to a command in the host. Returns its status. */
export async function runInOs(directory: string, command: readonly string[], isTerminal: boolean): Promise<number> {
	const { os } = requireDevice(directory).record;
	if (os === undefined) throw new DeviceError('This device is no host', 'Make one with dindctl run --os');
	const carrier = requireCarrier(directory);
	return runAttached('docker', insideHost(os.container, command, isTerminal), {
		DOCKER_HOST: `unix://${carrier.socketPath}`,
	});
}
