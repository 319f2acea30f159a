import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { createReadStream } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DeviceError, pingEngine, runDocker } from '../device/index.ts';
import type { DeviceHost } from '../device/index.ts';
import type { OsBase } from './base.ts';

const DEVICE_TOOLS = join(import.meta.dirname, '../device');
const READY_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_S = '60';
const IMAGE = 'dindctl-host';

/** The engine of the host, by a path that works on this machine too. */
export function osSocket(directory: string): string {
	return join(directory, 'os/docker.sock');
}

/** Makes the image of the host on the engine that carries it. Returns its name. */
export async function buildHostImage(carrier: DeviceHost, base: OsBase, signal: AbortSignal): Promise<string> {
	const { socketPath } = carrier;
	const baseName = `dindctl-host-base:${base.key}`;
	await ensureImported(socketPath, { name: baseName, tar: base.hostTar, signal });
	const context = mkdtempSync(join(tmpdir(), 'dindctl-host-'));
	try {
		cpSync(join(import.meta.dirname, 'rootfs'), join(context, 'rootfs'), { recursive: true });
		cpSync(join(import.meta.dirname, 'Dockerfile'), join(context, 'Dockerfile'));
		cpSync(join(DEVICE_TOOLS, 'runc-bounded'), join(context, 'runc-bounded'));
		const args = ['--network', 'none', '--build-arg', `BASE=${baseName}`, '--tag', IMAGE];
		await runDocker(socketPath, ['build', '--quiet', ...args, context], { signal });
		return IMAGE;
	} finally {
		rmSync(context, { recursive: true, force: true });
	}
}

/** An image of one layer from a packed file system, once for each name. */
export async function ensureImported(
	socketPath: string,
	image: { readonly name: string; readonly tar: string; readonly signal: AbortSignal },
): Promise<void> {
	const { name, tar, signal } = image;
	if ((await runDocker(socketPath, ['images', '--quiet', name], { signal })).trim() !== '') return;
	await runDocker(socketPath, ['import', '-', name], { input: createReadStream(tar), signal });
}

/**
 * Boots the host and waits for its engine. Its partitions are folders of the device; all else of it is new at each
 * `run`, and stays over reboots.
 */
export async function startHostContainer(options: {
	readonly carrier: DeviceHost;
	readonly name: string;
	readonly image: string;
	/** Besides its partitions; as docker takes them. */
	readonly volumes: readonly string[];
	readonly signal: AbortSignal;
}): Promise<void> {
	const { carrier, name, image, signal } = options;
	const { directory, socketPath } = carrier;
	for (const folder of [
		'os',
		'data/docker',
		'data/resin-data',
		'state/etc-balena-supervisor',
		'state/supervisor-log',
	]) {
		mkdirSync(join(directory, folder), { recursive: true });
	}
	await removeHostContainer(socketPath, name);
	await runDocker(socketPath, ['run', '--detach', ...describeHost(directory, name, options.volumes), image], {
		signal,
	});
	// Follows the journal of the supervisor, and starts the host again when it reboots.
	const keeper = carrier.spawn('sh', [join(import.meta.dirname, 'keep-host.sh'), name], { detachedName: 'supervisor' });
	const deadline = performance.now() + READY_TIMEOUT_MS;
	while (!(await pingEngine(osSocket(directory)))) {
		if (keeper.exitCode !== null || performance.now() > deadline) {
			const lines = await runDocker(socketPath, ['logs', '--tail', '20', name]).catch(() => '');
			const reason = lines.trim().split('\n').at(-1) ?? '';
			throw new DeviceError(`The host did not boot: ${reason}`, `Read ${join(directory, 'logs/supervisor.log')}`);
		}
		await sleep(50, undefined, { signal });
	}
}

/** Shuts the host down in order, so that what its programs keep is written. Idempotent. */
export async function shutDownHost(carrier: DeviceHost, name: string): Promise<void> {
	await runDocker(carrier.socketPath, ['stop', '-t', STOP_TIMEOUT_S, name]).catch(() => undefined); // it is not there
}

/** Arguments of docker that run a command in the host. */
export function insideHost(name: string, command: readonly string[], isTerminal: boolean): readonly string[] {
	return ['exec', ...(isTerminal ? ['--interactive', '--tty'] : ['--interactive']), name, ...command];
}

async function removeHostContainer(socketPath: string, name: string): Promise<void> {
	const found = await runDocker(socketPath, ['ps', '--all', '--quiet', '--filter', `name=^/?${name}$`]);
	if (found.trim() !== '') await runDocker(socketPath, ['rm', '--force', '--volumes', name]);
}

function describeHost(directory: string, name: string, more: readonly string[]): readonly string[] {
	const volumes = [
		...['boot', 'state', 'data'].map((partition) => `${directory}/${partition}:/mnt/${partition}`),
		`${directory}/data/docker:/var/lib/docker`,
		`${directory}/data/resin-data:/resin-data`,
		`${directory}/state/machine-id:/etc/machine-id`,
		`${directory}/state/etc-balena-supervisor:/etc/balena-supervisor`,
		`${directory}/state/supervisor-log:/var/log/supervisor-log`,
		`${directory}/os:/mnt/dindctl`,
		...more,
	];
	// Hosts with cgroups of version 1 share the tree with their container; of version 2 each has a view of its own.
	const cgroups = existsSync('/sys/fs/cgroup/cgroup.controllers')
		? ['--cgroupns', 'private']
		: ['--cgroupns', 'host', '--volume', '/sys/fs/cgroup:/sys/fs/cgroup:rw'];
	return [
		...['--name', name, '--hostname', 'device', '--privileged', '--network', 'host', ...cgroups],
		...['--tmpfs', '/run', '--tmpfs', '/tmp:exec,mode=1777', '--tmpfs', '/run/lock'],
		...volumes.flatMap((volume) => ['--volume', volume]),
	];
}
