import { setTimeout as sleep } from 'node:timers/promises';
import { DeviceError, UnsupportedError } from './device-error.ts';
import { pingEngine } from './device-host.ts';
import { findByArgument, isAlive, readProcess, signalProcess } from './process-identity.ts';

const STOP_TIMEOUT_MS = 30_000;
const START_TIMEOUT_MS = 30_000;
const PAUSE_MS = 50;

/**
 * Ends the engine behind a socket in order, as the host's init system does for an update of it, and waits until the
 * host has started it again. Works inside and outside of the host. Only an engine of ours names its socket like that.
 */
export async function restartEngine(socketPath: string): Promise<void> {
	const engines = findByArgument(`unix://${socketPath}`)
		.map(readProcess)
		.filter((found) => found !== undefined);
	const [engine, ...others] = engines;
	if (engine === undefined || others.length > 0) {
		throw new UnsupportedError('This is no private engine', 'Run the command through tools/device/run-inside.ts');
	}
	signalProcess(engine, 'SIGTERM');
	await waitFor('end', STOP_TIMEOUT_MS, () => Promise.resolve(!isAlive(engine)));
	await waitFor('start again', START_TIMEOUT_MS, () => pingEngine(socketPath));
}

async function waitFor(what: string, timeoutMs: number, condition: () => Promise<boolean>): Promise<void> {
	const deadline = performance.now() + timeoutMs;
	while (!(await condition())) {
		if (performance.now() > deadline) {
			throw new DeviceError(`The engine did not ${what} in time`, 'Read logs/engine.log in the folder of the device');
		}
		await sleep(PAUSE_MS);
	}
}
