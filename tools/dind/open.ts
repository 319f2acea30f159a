import { DeviceError } from '../device/index.ts';
import type { Command } from './command.ts';
import { parseCommandLine } from './command.ts';
import { chooseDirectory } from './device-folder.ts';
import { requireDevice } from './device-home.ts';
import { forwardServices } from './forward-services.ts';
import { readDeviceKey } from './key.ts';
import { PLACE_OPTIONS, describeOptions } from './options.ts';

export const openCommand: Command = {
	name: 'open',
	usage: [
		'Usage: dindctl open [SERVICE]',
		'',
		'Prints the address of the device for a browser, with its key, or the addresses here of what a service publishes.',
		'The key opens everything: keep the address to yourself.',
		'',
		...describeOptions(PLACE_OPTIONS),
	].join('\n'),
	async run(args) {
		const { values, positionals } = parseCommandLine('open', args, { options: {}, positionalsMax: 1 });
		const directory = chooseDirectory(values);
		const { record, host } = requireDevice(directory);
		const [service] = positionals;
		if (service === undefined) {
			const key = await readDeviceKey(directory);
			console.log(`http://127.0.0.1:${record.port}/${key === undefined ? '' : `?apikey=${encodeURIComponent(key)}`}`);
			return 0;
		}
		const forwards = await forwardServices(directory, host, record.home);
		const found = forwards.filter((one) => one.service === service);
		if (found.length === 0) {
			throw new DeviceError(`${service} publishes no port here`, 'Add ports: to the service, and release it');
		}
		for (const { address } of found) console.log(`http://${address}/`);
		return 0;
	},
};
