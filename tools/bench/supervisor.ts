import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describeMachine, layOutFolders } from '../dind/device-folder.ts';

const PROJECT = join(import.meta.dirname, '../..');
const PROGRAM = join(PROJECT, 'dist/app.js');
export const API_PORT = 48484;
const START_TIMEOUT_MS = 30_000;
const STOP_TIMEOUT_MS = 15_000;
const LAST_LINES = 15;

export interface RunningSupervisor {
	readonly pid: number;
	readonly startMs: number;
	stop(): Promise<void>;
}

/** A device's folder with a config.json for a cloud on this machine. */
export function layOutDevice(
	folder: string,
	cloud: { readonly url: string; readonly fleetId: number; readonly key: string },
): void {
	layOutFolders(folder);
	const config = {
		apiEndpoint: cloud.url,
		applicationId: cloud.fleetId,
		apiKey: cloud.key,
		deviceType: describeMachine().slug,
		listenPort: API_PORT,
	};
	writeFileSync(join(folder, 'boot/config.json'), JSON.stringify(config));
}

/** Starts the program as entry.sh does and waits until its API answers. */
export async function startSupervisor(options: {
	readonly folder: string;
	readonly socketPath: string;
	readonly nodeFlags: readonly string[];
}): Promise<RunningSupervisor> {
	const { folder, socketPath, nodeFlags } = options;
	if (!existsSync(PROGRAM)) throw new Error('There is no dist/app.js. Run npm run build.');
	mkdirSync(join(folder, 'logs'), { recursive: true });
	const logPath = join(folder, 'logs/supervisor.log');
	const output = openSync(logPath, 'a');
	const env = { ...process.env, ...describeEnvironment(folder, socketPath) };
	const startedAt = performance.now();
	const child = spawn('node', [...nodeFlags, PROGRAM], { env, stdio: ['ignore', output, output] });
	closeSync(output);
	try {
		await waitForPing(child, startedAt + START_TIMEOUT_MS);
	} catch (cause) {
		child.kill('SIGKILL');
		const lines = readFileSync(logPath, 'utf8').trimEnd().split('\n').slice(-LAST_LINES);
		throw new Error(`the supervisor did not come up; it said:\n${lines.join('\n')}`, { cause });
	}
	return { pid: child.pid ?? 0, startMs: performance.now() - startedAt, stop: () => stopChild(child) };
}

function describeEnvironment(folder: string, socketPath: string): Readonly<Record<string, string>> {
	const at = (name: string) => join(folder, name);
	return {
		ROOT_MOUNTPOINT: at('root'),
		BOOT_MOUNTPOINT: at('boot'),
		STATE_MOUNTPOINT: at('state'),
		DATA_MOUNTPOINT: at('data'),
		CONFIG_MOUNT_POINT: at('boot/config.json'),
		HOST_OS_VERSION_PATH: at('root/etc/os-release'),
		DATABASE_PATH: at('data/database.sqlite'),
		DOCKER_SOCKET: socketPath,
		DOCKER_HOST: `unix://${socketPath}`,
		DBUS_SYSTEM_BUS_ADDRESS: `unix:path=${at('root/run/dbus/system_bus_socket')}`,
		KEEP_FIREWALL: '1',
		LED_FILE: '/dev/null',
	};
}

async function waitForPing(child: ChildProcess, deadline: number): Promise<void> {
	while ((await callApi('GET', '/ping').catch(() => 0)) !== 200) {
		if (child.exitCode !== null) throw new Error(`it ended with status ${child.exitCode}`);
		if (performance.now() > deadline) throw new Error('its API does not answer');
		await sleep(2);
	}
}

/** Returns the status. */
export function callApi(method: string, path: string, key?: string): Promise<number> {
	const headers = key === undefined ? {} : { authorization: `Bearer ${key}` };
	return new Promise((done, failed) => {
		const call = request({ port: API_PORT, host: '127.0.0.1', method, path, headers, agent: false }, (response) => {
			response.resume().on('end', () => done(response.statusCode ?? 0));
		});
		call.on('error', failed);
		call.end();
	});
}

export async function stopChild(child: ChildProcess): Promise<void> {
	if (child.exitCode !== null || child.signalCode !== null) return;
	const ended = new Promise((done) => child.once('exit', done));
	child.kill('SIGTERM');
	const timer = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS);
	await ended;
	clearTimeout(timer);
}
