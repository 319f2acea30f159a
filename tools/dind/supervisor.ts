import { execFile } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { appendFileSync, existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import type { Server } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { DeviceError } from '../device/index.ts';
import type { DeviceHost } from '../device/index.ts';
import type { DeviceRecord } from './device-folder.ts';
import { RELEASE_MARK, findReasons } from './find-reasons.ts';
import type { Reason } from './find-reasons.ts';
import { readNodeFlags } from './node-flags.ts';

const run = promisify(execFile);

const PROJECT = join(import.meta.dirname, '../..');
const PROGRAM = join(PROJECT, 'dist/app.js');
const CRASH_MARK = 'dindctl: the supervisor ended';
// What an operating system's service manager does; a pause keeps a crash loop readable.
const RESTART_LOOP = `while :; do node ${readNodeFlags()} "$0"; echo "${CRASH_MARK} with status $?"; sleep 2; done`;

/** Builds the supervisor when there is no program, or another one than wanted, or the sources are newer. Returns it. */
export async function buildSupervisor(options: {
	readonly log: (line: string) => void;
	/** For people instead of small. */
	readonly isReadable?: boolean;
	readonly signal: AbortSignal;
}): Promise<string> {
	const { log, isReadable = false, signal } = options;
	const sources = ['src', 'migrations', 'build-utils', 'package.json', 'package-lock.json'];
	const changedAt = Math.max(...sources.map((name) => findNewest(join(PROJECT, name))));
	if (existsSync(PROGRAM) && statSync(PROGRAM).mtimeMs >= changedAt && isProgramReadable() === isReadable)
		return PROGRAM;
	log(`Building the supervisor, about 10 s${isReadable ? ', without optimizations' : ''}`);
	try {
		const how = isReadable ? ['--', '--no-optimize'] : [];
		await run('npm', ['run', '--silent', 'build', ...how], { cwd: PROJECT, signal });
	} catch (cause) {
		signal.throwIfAborted();
		throw new DeviceError('The supervisor could not be built', 'See what npm run build says', { cause });
	}
	return PROGRAM;
}

/** A bundle that was not made small names its sources in comments. */
function isProgramReadable(): boolean {
	return readFileSync(PROGRAM, 'utf8').includes('\n// src/app.ts\n');
}

export async function startSupervisor(host: DeviceHost, home: DeviceRecord['home'], program: string): Promise<void> {
	const root = join(host.directory, 'root');
	const isPrivate = home.kind === 'private';
	// A container was given the folder as a volume.
	if (home.kind !== 'container')
		await joinLockFolders(host, isPrivate ? 'mount --bind "$0" "$1"' : 'rmdir "$1" && ln -s "$0" "$1"');
	const at = (name: string) => join(host.directory, name);
	host.spawn('sh', ['-c', RESTART_LOOP, program], {
		detachedName: 'supervisor',
		env: {
			ROOT_MOUNTPOINT: root,
			BOOT_MOUNTPOINT: at('boot'),
			STATE_MOUNTPOINT: at('state'),
			DATA_MOUNTPOINT: at('data'),
			CONFIG_MOUNT_POINT: at('boot/config.json'),
			HOST_OS_VERSION_PATH: at('root/etc/os-release'),
			DATABASE_PATH: at('data/database.sqlite'),
			DOCKER_SOCKET: isPrivate ? '/var/run/docker.sock' : host.socketPath,
			DOCKER_HOST: `unix://${isPrivate ? '/var/run/docker.sock' : host.socketPath}`,
			// Nothing listens there: this supervisor must not reach the machine's own services.
			DBUS_SYSTEM_BUS_ADDRESS: `unix:path=${root}/run/dbus/system_bus_socket`,
			LED_FILE: '/dev/null',
			// Where the device has no network of its own, it is the machine's.
			...(isPrivate ? {} : { KEEP_FIREWALL: '1' }),
		},
	});
}

/** Takes the port on this machine before anything else is started, so that a conflict is found first. */
export function reservePort(port: number): Promise<Server> {
	return new Promise((done, failed) => {
		const server = createServer();
		server.once('error', (cause: NodeJS.ErrnoException) => {
			const what = cause.code === 'EADDRINUSE' ? `Port ${port} is taken` : `Port ${port} cannot be used`;
			failed(new DeviceError(what, 'Choose another with --port', { cause }));
		});
		server.listen({ host: '127.0.0.1', port }, () => done(server));
	});
}

interface ForwardedPort {
	readonly server: Server;
	/** Inside. */
	readonly host: string;
	readonly port: number;
}

/** Hands ports to a process inside the device; their sockets stay in the machine's network all the same. */
export async function forwardPorts(host: DeviceHost, ports: readonly ForwardedPort[]): Promise<void> {
	const args = ['--import', 'tsx', 'tools/dind/forward-port.ts'];
	const child = host.spawn('node', args, { detachedName: 'forward', ipc: true });
	await new Promise<void>((done, failed) => {
		child.once('exit', () =>
			failed(new DeviceError('The port could not be forwarded', `Read ${join(host.directory, 'logs/forward.log')}`)),
		);
		child.once('message', () => {
			Promise.all(ports.map((port) => handOver(child, port))).then(() => done(), failed);
		});
	});
	child.removeAllListeners('exit');
	child.disconnect();
	child.unref();
	for (const { server } of ports) server.close();
}

function handOver(child: ChildProcess, { server, host, port }: ForwardedPort): Promise<void> {
	return new Promise((done, failed) => {
		child.send({ host, port }, server, (error) => (error === null ? done() : failed(error)));
	});
}

export function countCrashes(directory: string): number {
	return readLog(directory).filter((line) => line.startsWith(CRASH_MARK)).length;
}

/** The last thing it said before it ended. */
export function findLastWords(directory: string): string {
	const lines = readLog(directory).filter((line) => line.trim() !== '' && !line.startsWith(CRASH_MARK));
	return (lines.findLast((line) => /error/i.test(line)) ?? lines.at(-1) ?? 'no message').trim().replace(/\.$/, '');
}

export function markRelease(directory: string): void {
	appendFileSync(logOf(directory), `${RELEASE_MARK}\n`);
}

export function readReasons(directory: string): readonly Reason[] {
	return findReasons(readLog(directory));
}

function logOf(directory: string): string {
	return join(directory, 'logs/supervisor.log');
}

function readLog(directory: string): readonly string[] {
	const path = logOf(directory);
	return existsSync(path) ? readFileSync(path, 'utf8').split('\n') : [];
}

function findNewest(path: string): number {
	const stat = statSync(path, { throwIfNoEntry: false });
	if (stat === undefined) return 0;
	if (!stat.isDirectory()) return stat.mtimeMs;
	return Math.max(stat.mtimeMs, ...readdirSync(path).map((name) => findNewest(join(path, name))));
}

/** The engine binds lock folders by their name on the host, the supervisor sees them below its root: one folder. */
async function joinLockFolders(host: DeviceHost, join: string): Promise<void> {
	const seenByEngine = '/tmp/balena-supervisor';
	const seenBySupervisor = `${host.directory}/root${seenByEngine}`;
	const script = `mkdir -p "$0" "$1" && { [ "$0" -ef "$1" ] || { ${join}; }; }`;
	const child = host.spawn('sh', ['-c', script, seenByEngine, seenBySupervisor], { stdio: 'ignore' });
	const code = await new Promise((done) => child.once('exit', done));
	if (code !== 0)
		throw new DeviceError('The folders of the device could not be laid out', 'Stop the device and run again');
}
