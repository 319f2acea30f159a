import { spawn } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DeviceError, findDeviceHost, isAlive, isHostAlive, readProcess, signalGroup } from '../device/index.ts';
import type { DeviceHost, ProcessIdentity } from '../device/index.ts';
import { osSocket } from '../os/index.ts';
import { readRecord } from './device-folder.ts';
import type { DeviceRecord } from './device-folder.ts';
import { removeSupervised } from './remove-supervised.ts';

const STOP_TIMEOUT_MS = 10_000;

interface RunningDevice {
	readonly record: DeviceRecord;
	readonly host: DeviceHost;
}

/** The device in this folder, running or not. */
export function findDevice(directory: string): RunningDevice | undefined {
	const record = readRecord(directory);
	if (record === undefined) return undefined;
	const found = record.home.kind === 'private' ? findDeviceHost(directory) : createPlainHost(directory, record.home);
	if (found === undefined) return undefined;
	// The services of a host in a container are on its own engine.
	return { record, host: record.os === undefined ? found : { ...found, socketPath: osSocket(directory) } };
}

export function isDeviceAlive(device: RunningDevice): boolean {
	if (device.record.home.kind === 'private') return isHostAlive(device.host);
	return readProcesses(device.host.directory).some(isAlive);
}

export function requireDevice(directory: string): RunningDevice {
	const device = findDevice(directory);
	if (device !== undefined && isDeviceAlive(device)) return device;
	throw new DeviceError('No device is running', 'Start one with dindctl run');
}

/**
 * Uses an engine that exists: the other programs run as ordinary processes of this machine. The caller has warned
 * the user, because here the supervisor works on the machine's own engine and firewall.
 */
export function createPlainHost(
	directory: string,
	home: Exclude<DeviceRecord['home'], { readonly kind: 'private' }>,
): DeviceHost {
	const { socketPath } = home;
	return {
		directory,
		socketPath,
		pid: process.pid, // the machine's own namespaces
		spawn: (command, args, options = {}) => {
			const env = { ...process.env, DOCKER_HOST: `unix://${socketPath}`, ...options.env };
			const cwd = options.cwd ?? join(import.meta.dirname, '../..');
			if (options.detachedName === undefined)
				return spawn(command, args, { env, cwd, stdio: options.stdio ?? 'inherit' });
			const output = openSync(join(directory, 'logs', `${options.detachedName}.log`), 'a');
			const channel = options.ipc === true ? ['ipc' as const] : [];
			const child = spawn(command, args, { env, cwd, stdio: ['ignore', output, output, ...channel], detached: true });
			closeSync(output);
			child.unref();
			const identity = child.pid === undefined ? undefined : readProcess(child.pid);
			if (identity !== undefined) writeProcesses(directory, [...readProcesses(directory), identity]);
			return child;
		},
		stop: async () => {
			const processes = readProcesses(directory);
			for (const one of processes) signalGroup(one, 'SIGTERM');
			const deadline = performance.now() + STOP_TIMEOUT_MS;
			while (processes.some(isAlive)) {
				if (performance.now() > deadline) for (const one of processes) signalGroup(one, 'SIGKILL');
				await sleep(50);
			}
			rmSync(join(directory, 'processes.json'), { force: true });
			// An engine in a container goes as a whole, or is kept as a whole.
			if (home.kind === 'engine') await removeSupervised(socketPath);
		},
	};
}

function readProcesses(directory: string): readonly ProcessIdentity[] {
	const path = join(directory, 'processes.json');
	// Written by the function below only.
	return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as readonly ProcessIdentity[]) : [];
}

function writeProcesses(directory: string, processes: readonly ProcessIdentity[]): void {
	writeFileSync(join(directory, 'processes.json'), JSON.stringify(processes));
}
