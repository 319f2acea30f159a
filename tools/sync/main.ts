import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DeviceError } from '../device/index.ts';
import { parseOptions, USAGE } from './options.ts';
import { RemoteEngine } from './remote-engine.ts';
import { sshTo } from './ssh.ts';
import { sync } from './sync.ts';

/** `npm run sync -- ADDRESS -a ARCH`: this checkout as the supervisor of a device, each change at once. */

const PROJECT = join(import.meta.dirname, '../..');
const ENGINE_PORT = 2375;

async function main(): Promise<number> {
	const { version } = JSON.parse(readFileSync(join(PROJECT, 'package.json'), 'utf8')) as { readonly version: string };
	const options = parseOptions(process.argv.slice(2), version);
	if (options === 'help') {
		console.log(USAGE);
		return 0;
	}
	const interruption = new AbortController();
	for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => interruption.abort());
	await sync({
		project: PROJECT,
		options,
		engine: new RemoteEngine({ protocol: 'http', host: options.address, port: ENGINE_PORT }),
		shell: sshTo(options.address),
		print: (text) => process.stdout.write(text),
		signal: interruption.signal,
	});
	return 0;
}

try {
	process.exitCode = await main();
} catch (error) {
	if (!(error instanceof DeviceError)) throw error;
	console.error(`sync: ${error.message}`);
	process.exitCode = 1;
}
