import { createHash } from 'node:crypto';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DeviceError, pingEngine, runDocker } from '../device/index.ts';
import type { DeviceHost } from '../device/index.ts';
import type { ContainerHome, DeviceRecord } from './device-folder.ts';

const READY_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_S = '30';
/** Where a registry of this machine may be, as seen from a container: unassigned addresses. */
const INSECURE_REGISTRIES = ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16'];
/** The user's own, as the docker command finds it. */
const USERS_ENGINE = undefined;

export function describeContainer(directory: string, image: string): ContainerHome {
	const hash = createHash('sha256').update(directory).digest('hex').slice(0, 12);
	return { kind: 'container', name: `dindctl-${hash}`, image, socketPath: join(directory, 'docker.sock') };
}

export function canUseDocker(): Promise<boolean> {
	return runDocker(USERS_ENGINE, ['version']).then(
		() => true,
		() => false, // it is not there, does not run, or is not for this user
	);
}

/**
 * Starts the engine in a privileged container of the user's Docker; a kept one is started again. Its socket and the
 * device's folders have the same path inside and outside.
 */
export async function startContainer(options: {
	readonly home: ContainerHome;
	readonly host: DeviceHost;
	readonly log: (line: string) => void;
	readonly signal: AbortSignal;
}): Promise<void> {
	const { home, host, log, signal } = options;
	if (await isContainerThere(home.name)) await runDocker(USERS_ENGINE, ['start', home.name]);
	else {
		await ensureImage(home.image, log, signal);
		await runDocker(USERS_ENGINE, ['run', '--detach', ...describeRun(home, host.directory)]).catch((cause: unknown) => {
			throw describeImage(home.image, 'cannot be run', cause);
		});
	}
	// Follows the container's log, and so ends when the container does.
	const watcher = host.spawn('docker', ['logs', '--follow', home.name], {
		detachedName: 'engine',
		env: { DOCKER_HOST: process.env['DOCKER_HOST'] ?? '' },
	});
	const deadline = performance.now() + READY_TIMEOUT_MS;
	while (!(await pingEngine(home.socketPath))) {
		if (watcher.exitCode !== null || performance.now() > deadline) throw describeSilence(host.directory);
		await sleep(50, undefined, { signal });
	}
}

/** The address of this machine, as the device's engine sees it. */
export async function findMachine(home: DeviceRecord['home']): Promise<string> {
	if (home.kind !== 'container') return '127.0.0.1';
	const gateway = '{{range .NetworkSettings.Networks}}{{.Gateway}}{{end}}';
	return (await runDocker(USERS_ENGINE, ['inspect', '--format', gateway, home.name])).trim();
}

/** Where its ports are reached from this machine. */
export async function findContainerAddress(home: ContainerHome): Promise<string> {
	const address = '{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}';
	return (await runDocker(USERS_ENGINE, ['inspect', '--format', address, home.name])).trim();
}

/** Stops the container, or removes it with all data of its engine. Idempotent. */
export async function endContainer(
	home: ContainerHome,
	directory: string,
	options: { readonly keep: boolean },
): Promise<void> {
	if (!(await isContainerThere(home.name))) return;
	await runDocker(USERS_ENGINE, ['stop', '-t', options.keep ? STOP_TIMEOUT_S : '0', home.name]);
	if (options.keep) return;
	// What its engine and services made in the device's folder belongs to root, and shall be removed by this user.
	const { uid, gid } = statSync(directory);
	const chown = ['--entrypoint', 'chown', home.image, '-R', `${uid}:${gid}`, directory];
	await runDocker(USERS_ENGINE, ['run', '--rm', '--volume', `${directory}:${directory}`, ...chown]).catch(
		() => undefined, // an image that cannot do this has not run an engine either
	);
	await runDocker(USERS_ENGINE, ['rm', '--force', '--volumes', home.name]);
}

function describeRun(home: ContainerHome, directory: string): readonly string[] {
	const volumes = [
		`${directory}:${directory}`,
		`${directory}/root/tmp/balena-supervisor:/tmp/balena-supervisor`, // see `joinLockFolders`
		'/var/lib/docker', // a volume of its own: an engine cannot stack its layers on those of a container
	];
	return [
		...['--privileged', '--name', home.name],
		...volumes.flatMap((volume) => ['--volume', volume]),
		home.image,
		...['dockerd', '--host', `unix://${home.socketPath}`, '--group', String(process.getgid?.() ?? 0)],
		...INSECURE_REGISTRIES.flatMap((range) => ['--insecure-registry', range]),
	];
}

async function isContainerThere(name: string): Promise<boolean> {
	return (await runDocker(USERS_ENGINE, ['ps', '--all', '--quiet', '--filter', `name=^/?${name}$`])).trim() !== '';
}

async function ensureImage(image: string, log: (line: string) => void, signal: AbortSignal): Promise<void> {
	if ((await runDocker(USERS_ENGINE, ['images', '--quiet', image])).trim() !== '') return;
	log(`Pulling ${image}, which takes a minute or two, once`);
	try {
		await runDocker(USERS_ENGINE, ['pull', image], { signal });
	} catch (cause) {
		signal.throwIfAborted();
		throw describeImage(image, 'cannot be had', cause);
	}
}

function describeImage(image: string, problem: string, cause: unknown): DeviceError {
	const reason = cause instanceof DeviceError ? `: ${cause.what}` : '';
	const remedy = 'Give another with --dind-image, or run as root';
	return new DeviceError(`The image ${image} ${problem}${reason}`, remedy, { cause });
}

function describeSilence(directory: string): DeviceError {
	const path = join(directory, 'logs/engine.log');
	const lines = existsSync(path) ? readFileSync(path, 'utf8').split('\n') : [];
	const reason = (lines.findLast((line) => line.trim() !== '') ?? 'it left no message').replace(/\.$/, '');
	return new DeviceError(`The engine in the container could not start: ${reason}`, `Read ${path}`);
}
