import { spawn } from 'node:child_process';
import type { ChildProcess, StdioOptions } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, openSync, closeSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { dirname, join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { DeviceError, UnsupportedError } from './device-error.ts';
import { openHeldSocket } from './held-socket.ts';
import { ensurePackages } from './install-packages.ts';
import { startOutboundNetwork } from './outbound-network.ts';
import { findByArgument, findParent, isAlive, listChildren, readProcess, signalProcess } from './process-identity.ts';
import type { ProcessIdentity } from './process-identity.ts';
import { removeCgroups } from './remove-cgroups.ts';

const HERE = dirname(fileURLToPath(import.meta.url));
const PROJECT = resolve(HERE, '../..');
const READY_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 10_000;
/** Longer paths do not fit into the address of a Unix socket. */
const SOCKET_PATH_LENGTH_MAX = 100;
const REAP_TIMEOUT_MS = 5_000;
const SYS_RESOURCE_BIT = 24n;
const CARRIER_SETTINGS = { bridge: 'none', iptables: false, ip6tables: false, 'ip-forward': false };
const LEFTOVERS = ['init.pid', 'alive', 'docker.sock', 'held.sock', 'engine.env'];

interface SpawnInside {
	/** Added to the environment of the caller, which is passed on with DOCKER_HOST set. */
	readonly env?: Readonly<Record<string, string>>;
	readonly cwd?: string;
	readonly stdio?: StdioOptions;
	/** Keeps running after the caller ends; its output goes to `logs/NAME.log` in the folder of the host. */
	readonly detachedName?: string;
	/** A channel for messages and sockets, for a detached one too. The caller disconnects it. */
	readonly ipc?: boolean;
}

export interface DeviceHost {
	readonly directory: string;
	/** The engine's socket. This path works inside and outside. */
	readonly socketPath: string;
	/** Process 1 of the host, as seen from outside. */
	readonly pid: number;
	/**
	 * Runs a command in all namespaces of the host. The child returned is the one that entered them; ending it
	 * terminates the command too. Use `signalInside` to let the command decide how it ends.
	 */
	spawn(command: string, args: readonly string[], options?: SpawnInside): ChildProcess;
	/** Ends everything inside and removes its cgroups. The folder stays. Idempotent. */
	stop(): Promise<void>;
}

interface StartDeviceHost {
	readonly directory: string;
	readonly log: (line: string) => void;
	/** Outbound network for the inside, through a relay process. The machine's firewall is not touched. */
	readonly outbound?: boolean;
	/**
	 * `attached` (default): the host ends with the calling process, however that one ends.
	 * `disposable`: likewise, and its folder is removed too. `detached`: it runs until `stop`.
	 */
	readonly life?: 'attached' | 'disposable' | 'detached';
	/** The engine only carries another host, whose own engine has the network and the firewall. */
	readonly carriesHost?: boolean;
	readonly signal?: AbortSignal;
}

interface HostRecord {
	readonly init: ProcessIdentity;
	readonly cgroup: string;
}

/** Starts a host with an engine that answers. Needs root; throws a `DeviceError` that says what to do otherwise. */
export async function startDeviceHost(options: StartDeviceHost): Promise<DeviceHost> {
	const directory = resolve(options.directory);
	const life = options.life ?? 'attached';
	checkPreconditions(directory);
	await ensurePackages({ outbound: options.outbound === true, log: options.log });
	// Remains of a host that was killed, if any.
	await findDeviceHost(directory)?.stop();
	prepareFolder(directory, options.carriesHost === true ? CARRIER_SETTINGS : {});

	const cgroup = `device-${randomBytes(4).toString('hex')}`;
	const child = await spawnInit({ directory, cgroup, life, outbound: options.outbound === true });
	try {
		const init = await waitForInit({ directory, child, signal: options.signal });
		writeFileSync(join(directory, 'host.json'), JSON.stringify({ init, cgroup } satisfies HostRecord));
		if (options.outbound === true) await startOutboundNetwork({ pid: init.pid, directory });
		await waitForEngine({ directory, init, signal: options.signal });
		return createHost(directory, { init, cgroup });
	} catch (cause) {
		const host = findDeviceHost(directory);
		if (host === undefined) child.kill('SIGKILL');
		else await host.stop();
		await removeCgroups(cgroup);
		throw cause;
	}
}

/** The host that was started in this folder, by this process or another; undefined when it has been stopped. */
export function findDeviceHost(directory: string): DeviceHost | undefined {
	const path = join(directory, 'host.json');
	if (!existsSync(path)) return undefined;
	// Written by this module only, and whole: the folder belongs to us.
	return createHost(directory, JSON.parse(readFileSync(path, 'utf8')) as HostRecord);
}

export function isHostAlive(host: DeviceHost): boolean {
	return findDeviceHost(host.directory)?.pid === host.pid && readProcess(host.pid) !== undefined;
}

/** Sends a signal to the command itself, not to the process that brought it inside. */
export function signalInside(child: ChildProcess, signal: NodeJS.Signals): void {
	for (const pid of child.pid === undefined ? [] : listChildren(child.pid)) process.kill(pid, signal);
}

function checkPreconditions(directory: string): void {
	if (process.platform !== 'linux') {
		throw new UnsupportedError('A device needs Linux', 'Use a Linux machine or virtual machine');
	}
	if (process.getuid?.() !== 0) {
		throw new UnsupportedError('A private engine needs root', 'Run it with sudo');
	}
	if (join(directory, 'docker.sock').length > SOCKET_PATH_LENGTH_MAX) {
		throw new DeviceError(`The folder name ${directory} is too long for a socket`, 'Choose a shorter one');
	}
	const host = findDeviceHost(directory);
	if (host !== undefined && isHostAlive(host)) {
		throw new DeviceError(`A device already runs in ${directory}`, 'Stop it first, or choose another folder');
	}
}

function prepareFolder(directory: string, engineSettings: object): void {
	mkdirSync(join(directory, 'logs'), { recursive: true });
	for (const name of LEFTOVERS) rmSync(join(directory, name), { force: true });
	// Our own file, so that the settings of the machine's engine are not taken over.
	writeFileSync(join(directory, 'engine.json'), `${JSON.stringify(engineSettings)}\n`);
	// What the engine's own containerd leaves out, too: it is for clusters.
	writeFileSync(join(directory, 'containerd.toml'), 'version = 2\ndisabled_plugins = ["io.containerd.grpc.v1.cri"]\n');
	for (const name of ['engine', 'host', 'containerd']) writeFileSync(join(directory, `logs/${name}.log`), '');
}

async function spawnInit(options: {
	readonly directory: string;
	readonly cgroup: string;
	readonly life: 'attached' | 'disposable' | 'detached';
	readonly outbound: boolean;
}): Promise<ChildProcess> {
	const namespaces = ['--mount', '--net', '--pid', '--ipc', '--uts', '--fork', '--kill-child'];
	const flag = (isSet: boolean) => (isSet ? '1' : '0');
	const env = {
		...process.env,
		PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin`,
		DEVICE_DIRECTORY: options.directory,
		DEVICE_PROJECT: PROJECT,
		DEVICE_CGROUP: options.cgroup,
		DEVICE_RUNTIME: isSysResourceMissing() ? join(HERE, 'runc-bounded') : '',
		DEVICE_ATTACHED: flag(options.life !== 'detached'),
		DEVICE_REMOVE: flag(options.life === 'disposable'),
		DEVICE_OUTBOUND: flag(options.outbound),
	};
	const output = openSync(join(options.directory, 'logs/host.log'), 'a');
	const input = options.life === 'detached' ? 'ignore' : 'pipe';
	const held = await openHeldSocket(options.directory);
	const child = spawn('unshare', [...namespaces, 'sh', join(HERE, 'host-init.sh')], {
		env,
		cwd: '/',
		detached: true, // a Ctrl-C at the terminal is for the launcher, which ends the host in order
		stdio: [input, output, output, held.descriptor],
	});
	held.release();
	closeSync(output);
	if (options.life === 'detached') child.unref();
	return child;
}

/** A host that lacks this capability cannot give it to privileged containers; plain runc then refuses to start them. */
function isSysResourceMissing(): boolean {
	const bounding = /^CapBnd:\s*([0-9a-f]+)$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? '0';
	return ((BigInt(`0x${bounding}`) >> SYS_RESOURCE_BIT) & 1n) === 0n;
}

async function waitForInit(options: {
	readonly directory: string;
	readonly child: ChildProcess;
	readonly signal: AbortSignal | undefined;
}): Promise<ProcessIdentity> {
	const path = join(options.directory, 'init.pid');
	for (;;) {
		const pid = existsSync(path) ? Number(readFileSync(path, 'utf8')) : 0;
		const init = pid > 0 ? readProcess(pid) : undefined;
		if (init !== undefined) return init;
		if (options.child.exitCode !== null) throw describeDeath(options.directory);
		await sleep(20, undefined, { signal: options.signal });
	}
}

async function waitForEngine(options: {
	readonly directory: string;
	readonly init: ProcessIdentity;
	readonly signal: AbortSignal | undefined;
}): Promise<void> {
	const deadline = performance.now() + READY_TIMEOUT_MS;
	const socketPath = join(options.directory, 'docker.sock');
	while (!(await pingEngine(socketPath))) {
		if (!isAlive(options.init)) throw describeDeath(options.directory);
		if (performance.now() > deadline) {
			throw new DeviceError('The engine did not start in time', `Read ${join(options.directory, 'logs/engine.log')}`);
		}
		await sleep(50, undefined, { signal: options.signal });
	}
}

export function pingEngine(socketPath: string): Promise<boolean> {
	return new Promise((done) => {
		const ping = request({ socketPath, path: '/_ping', timeout: 5_000 }, (response) => {
			response.resume();
			done(response.statusCode === 200);
		});
		ping.on('timeout', () => ping.destroy());
		ping.on('error', () => done(false));
		ping.end();
	});
}

function describeDeath(directory: string): DeviceError {
	const engineLog = join(directory, 'logs/engine.log');
	const lines = [join(directory, 'logs/host.log'), engineLog]
		.flatMap((path) => (existsSync(path) ? readFileSync(path, 'utf8').split('\n') : []))
		.filter((line) => line.trim() !== '');
	if (lines.some((line) => line.includes('no space left on device'))) {
		return new DeviceError('The disk is full', 'Free some space and repeat');
	}
	if (lines.some((line) => /unshare.*not permitted/.test(line))) {
		return new UnsupportedError(
			'This machine does not let root make namespaces',
			'Use a machine or container that does',
		);
	}
	const reason = (lines.at(-1) ?? 'it left no message').replace(/\.$/, '');
	return new DeviceError(`The engine could not start: ${reason}`, `Read ${engineLog}`);
}

function createHost(directory: string, record: HostRecord): DeviceHost {
	const socketPath = join(directory, 'docker.sock');
	return {
		directory,
		socketPath,
		pid: record.init.pid,
		spawn: (command, args, options = {}) => spawnInside({ directory, record, command, args, options }),
		stop: () => stopHost(directory, record),
	};
}

function spawnInside(call: {
	readonly directory: string;
	readonly record: HostRecord;
	readonly command: string;
	readonly args: readonly string[];
	readonly options: SpawnInside;
}): ChildProcess {
	const { directory, record, options } = call;
	if (!isAlive(record.init)) throw new DeviceError('The device has ended', 'Run it again');
	const cwd = options.cwd ?? PROJECT;
	const enter = ['--target', String(record.init.pid), '--mount', '--net', '--pid', '--ipc', '--uts'];
	// The command is not a descendant of the host's first process; it follows the one that brought it in.
	const follow = ['setpriv', '--pdeathsig', 'TERM', '--', 'sh', '-c', 'cd "$0" && exec "$@"', cwd];
	const args = [...enter, '--', ...follow, call.command, ...call.args];
	const env = { ...process.env, DOCKER_HOST: `unix://${join(directory, 'docker.sock')}`, ...options.env };
	// In a session of its own: a Ctrl-C at the terminal is for the caller, who passes it on.
	if (options.detachedName === undefined) {
		return spawn('nsenter', args, { env, stdio: options.stdio ?? 'inherit', detached: true });
	}
	const output = openSync(join(directory, 'logs', `${options.detachedName}.log`), 'a');
	const channel = options.ipc === true ? ['ipc' as const] : [];
	const child = spawn('nsenter', args, { env, stdio: ['ignore', output, output, ...channel], detached: true });
	closeSync(output);
	child.unref();
	return child;
}

async function stopHost(directory: string, record: HostRecord): Promise<void> {
	const outside = isAlive(record.init) ? findOutsideProcesses(record) : [];
	signalProcess(record.init, 'SIGTERM');
	const deadline = performance.now() + STOP_TIMEOUT_MS;
	while (isAlive(record.init)) {
		if (performance.now() > deadline) signalProcess(record.init, 'SIGKILL');
		await sleep(20);
	}
	await waitUntilReaped(outside);
	// The host did this itself, unless it was ended by force.
	await removeCgroups(record.cgroup);
	for (const name of ['host.json', ...LEFTOVERS]) rmSync(join(directory, name), { force: true });
}

/** The ones that made the namespaces and brought others into them. They end when what they brought has ended. */
function findOutsideProcesses(record: HostRecord): readonly ProcessIdentity[] {
	const pid = String(record.init.pid);
	const parent = findParent(record.init.pid);
	return [...(parent === undefined ? [] : [parent]), ...findByArgument(pid)]
		.map(readProcess)
		.filter((found) => found !== undefined);
}

/** Ended processes stay listed until the machine's first process, which has inherited them, takes notice. */
async function waitUntilReaped(processes: readonly ProcessIdentity[]): Promise<void> {
	const deadline = performance.now() + REAP_TIMEOUT_MS;
	while (processes.some(({ pid }) => existsSync(`/proc/${pid}`)) && performance.now() < deadline) await sleep(20);
}
