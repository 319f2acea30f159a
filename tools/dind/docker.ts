import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import type { Command } from './command.ts';
import { chooseDirectory } from './device-folder.ts';
import { requireDevice } from './device-home.ts';
import { takePlace } from './options.ts';

export const dockerCommand: Command = {
	name: 'docker',
	passesOptions: true,
	usage: [
		'Usage: dindctl docker ARGS…',
		'',
		"The docker command with the device's engine; all arguments are docker's. For example: dindctl docker ps -a",
		'Where the device is comes from DINDCTL_DIRECTORY, or from --directory DIR or --name NAME before ARGS.',
	].join('\n'),
	async run(args) {
		const { place, rest } = takePlace(args, 'first');
		const { host } = requireDevice(chooseDirectory(place));
		return runAttached('docker', rest, { DOCKER_HOST: `unix://${host.socketPath}` });
	},
};

/** Leaves the terminal to a command; a Ctrl-C there reaches it directly. Returns its status. */
export function runAttached(
	command: string,
	args: readonly string[],
	env: Readonly<Record<string, string>> = {},
): Promise<number> {
	return new Promise((done, failed) => {
		const child = spawn(command, args, { env: { ...process.env, ...env }, stdio: 'inherit' });
		child.once('error', failed);
		child.once('exit', (code, signal) => done(code ?? 128 + constants.signals[signal ?? 'SIGKILL']));
	});
}
