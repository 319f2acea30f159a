import { spawn } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DeviceError } from './device-error.ts';

const READY_TIMEOUT_MS = 10_000;

/**
 * Gives the network namespace of `pid` a way out: an interface whose packets an ordinary process outside turns into
 * ordinary connections. The helper ends with the host, because the other end of `alive` is closed then.
 */
export async function startOutboundNetwork(options: {
	readonly pid: number;
	readonly directory: string;
}): Promise<void> {
	const output = openSync(join(options.directory, 'logs/network.log'), 'a');
	const command = 'exec slirp4netns --configure --mtu=65520 --disable-host-loopback --exit-fd=9 "$1" tap0 9<"$2"';
	const child = spawn('sh', ['-c', command, 'sh', String(options.pid), join(options.directory, 'alive')], {
		stdio: ['ignore', output, output],
		detached: true,
	});
	closeSync(output);
	child.unref();
	const deadline = performance.now() + READY_TIMEOUT_MS;
	while (!hasInterface(options.pid)) {
		if (child.exitCode !== null || performance.now() > deadline) {
			const log = join(options.directory, 'logs/network.log');
			throw new DeviceError('The outbound network did not start', `Read ${log}`);
		}
		await sleep(20);
	}
}

/** The host's own table of interfaces, read through its first process. */
function hasInterface(pid: number): boolean {
	const table = `/proc/${pid}/net/dev`;
	return existsSync(table) && readFileSync(table, 'utf8').includes('tap0:');
}
