import { DeviceError } from '../device/index.ts';
import type { Command } from './command.ts';
import { findService, listContainers } from './containers.ts';
import type { ServiceContainer } from './containers.ts';
import { chooseDirectory } from './device-folder.ts';
import { requireDevice } from './device-home.ts';
import { runAttached } from './docker.ts';
import { takePlace } from './options.ts';

/** A better shell where the image has one. */
const SHELL = ['sh', '-c', 'command -v bash >/dev/null && exec bash || exec sh'];

export const execCommand: Command = {
	name: 'exec',
	passesOptions: true,
	usage: [
		'Usage: dindctl exec SERVICE COMMAND [ARGS…]',
		'',
		'Runs a command in the container of a service, and ends with its status. For example: dindctl exec web ps',
		'Where the device is comes from DINDCTL_DIRECTORY, or from --directory DIR or --name NAME before SERVICE.',
	].join('\n'),
	async run(args) {
		const { place, rest } = takePlace(args, 'first');
		const [service, ...command] = rest;
		if (service === undefined || command.length === 0) {
			throw new DeviceError('A service and a command are needed', 'See dindctl exec --help');
		}
		return runInService(chooseDirectory(place), service, command);
	},
};

export function openShell(directory: string, service: string): Promise<number> {
	return runInService(directory, service, SHELL);
}

async function runInService(directory: string, service: string, command: readonly string[]): Promise<number> {
	const { host } = requireDevice(directory);
	const container = findService(await listContainers(host.socketPath), service);
	checkRunning(container);
	const terminal = process.stdin.isTTY && process.stdout.isTTY ? ['--tty'] : [];
	return runAttached('docker', ['exec', '--interactive', ...terminal, container.id, ...command], {
		DOCKER_HOST: `unix://${host.socketPath}`,
	});
}

function checkRunning({ service, state, exitCode }: ServiceContainer): void {
	if (state === 'running') return;
	const how = state === 'exited' || state === 'restarting' ? `${state}, exit code ${exitCode}` : state;
	throw new DeviceError(`${service} does not run (${how})`, `See dindctl logs ${service}`);
}
