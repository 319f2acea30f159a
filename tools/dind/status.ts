import { pingEngine } from '../device/index.ts';
import { findCloudDevice, isCloudUp } from './cloud.ts';
import type { Command } from './command.ts';
import { parseCommandLine } from './command.ts';
import { listContainers, printContainers } from './containers.ts';
import { chooseDirectory, hasCloud } from './device-folder.ts';
import { findDevice, isDeviceAlive } from './device-home.ts';
import type { Reason } from './find-reasons.ts';
import { PLACE_OPTIONS, describeOptions } from './options.ts';
import { readReasons } from './supervisor.ts';
import { SupervisorApi } from './supervisor-api.ts';

export const statusCommand: Command = {
	name: 'status',
	usage: [
		'Usage: dindctl status',
		'',
		'Status 0 when the device runs, 3 when it does not.',
		'',
		...describeOptions(PLACE_OPTIONS),
	].join('\n'),
	async run(args) {
		const { values } = parseCommandLine('status', args, { options: {}, positionalsMax: 0 });
		const directory = chooseDirectory(values);
		const device = findDevice(directory);
		if (device === undefined || !isDeviceAlive(device)) {
			console.log('No device is running. Start one with dindctl run.');
			return 3;
		}
		const { record, host } = device;
		const isEngineUp = await pingEngine(host.socketPath);
		const isCloudKnown = record.fleet !== undefined && (await isCloudUp(directory));
		const apiKey = isCloudKnown ? (await findCloudDevice(directory))?.apiKey : undefined;
		const api = new SupervisorApi(record.port, apiKey);
		const health = (await api.isUp()) ? ((await api.isHealthy()) ? 'healthy' : 'not healthy') : 'does not answer';
		const status = await api.readStatus();
		print('engine', `${isEngineUp ? 'up' : 'does not answer'}, ${host.socketPath}`);
		print('cloud', describeCloud(directory, record.fleet !== undefined, isCloudKnown));
		print('supervisor', `${health}, http://127.0.0.1:${record.port}`);
		if (status !== undefined) print('release', `${status.release ?? 'none yet'}, ${status.appState}`);
		if (status?.reason !== undefined) print('not seen', status.reason);
		const isOnTarget = status?.appState === 'applied';
		printReasons(readReasons(directory).filter(({ kind }) => !(isOnTarget && kind === 'failing')));
		if (isEngineUp) {
			console.log('services');
			printContainers(await listContainers(host.socketPath));
		}
		return 0;
	},
};

function describeCloud(directory: string, isStandIn: boolean, isUp: boolean): string {
	if (isStandIn) return isUp ? 'up' : 'does not answer';
	return hasCloud(directory) ? 'a real one' : 'none';
}

function printReasons(reasons: readonly Reason[]): void {
	if (reasons.length === 0) return;
	console.log('problems');
	for (const { text } of reasons) console.log(`  ${text}`);
}

function print(name: string, text: string): void {
	console.log(`${name.padEnd(12)}${text}`);
}
