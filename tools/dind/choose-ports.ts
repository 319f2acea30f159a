import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';
import { DeviceError } from '../device/index.ts';
import type { OwnPorts } from './device-folder.ts';

/** Below the ports that systems hand out by themselves, and away from the well-known ones that services publish. */
const LOWEST = 20_000;
const HIGHEST = 32_000;
const PORTS_TRIED = 100;

/** Two free ports. The services of the device may publish all others. */
export async function choosePorts(): Promise<OwnPorts> {
	const start = randomInt(LOWEST, HIGHEST);
	const free: number[] = [];
	for (let port = start; port < start + HIGHEST - LOWEST && free.length < 2; port++) {
		const candidate = port < HIGHEST ? port : port - HIGHEST + LOWEST;
		if (await isFree(candidate)) free.push(candidate);
	}
	const [cloud, registry] = free;
	if (cloud === undefined || registry === undefined) {
		throw new DeviceError(`All ports from ${LOWEST} to ${HIGHEST} are taken`, 'End some programs and repeat');
	}
	return { cloud, registry };
}

/** The first one from there on. */
export async function findFreePort(first: number): Promise<number> {
	for (let port = first; port < first + PORTS_TRIED; port++) if (await isFree(port)) return port;
	throw new DeviceError(
		`All ports from ${first} to ${first + PORTS_TRIED - 1} are taken`,
		'Choose another with --port',
	);
}

function isFree(port: number): Promise<boolean> {
	return new Promise((done) => {
		const server = createServer();
		server.once('error', () => done(false));
		server.listen(port, () => server.close(() => done(true)));
	});
}
