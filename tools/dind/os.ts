import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DeviceError, findDeviceHost, runDocker, startDeviceHost } from '../device/index.ts';
import type { DeviceHost } from '../device/index.ts';
import {
	buildHostImage,
	buildSupervisorImage,
	insideHost,
	osSocket,
	shutDownHost,
	startHostContainer,
} from '../os/index.ts';
import type { OsBase } from '../os/index.ts';
import { describeMachine } from './device-folder.ts';
import type { DeviceRecord, OsHome } from './device-folder.ts';

const UNIT = 'balena-supervisor';

/** Options of the specification (dev-tools 7.2) that `run --os` does not have yet. */
const NOT_BUILT = [
	...['--arch', '-a', '--image', '-i', '--tag', '-t', '--dind-container', '--preload', '-p', '--mount-dist'],
	...['--dind-image', '--mount-nm', '--mount-backup', '--no-optimize', '-n', '--no-clean'],
];

export function refuseUnbuilt(args: readonly string[]): void {
	const option = args.map((arg) => arg.replace(/=.*/, '')).find((arg) => NOT_BUILT.includes(arg));
	if (option === undefined) return;
	throw new DeviceError(`run --os has no ${option} yet`, 'See dindctl run --help for what it has');
}

export function describeOs(): OsHome {
	return { container: 'balena-container-supervisor', image: `balena/${describeMachine().arch}-supervisor:master` };
}

/** The host as other commands use it: with its own engine. */
function withOsEngine(carrier: DeviceHost): DeviceHost {
	return { ...carrier, socketPath: osSocket(carrier.directory) };
}

/** Boots the host up to its engine. The supervisor waits for its image and its `supervisor.conf`. */
export async function bootOs(options: {
	readonly directory: string;
	readonly os: OsHome;
	readonly base: OsBase;
	readonly outbound: boolean;
	readonly log: (line: string) => void;
	readonly signal: AbortSignal;
}): Promise<DeviceHost> {
	const { directory, os, log, outbound, signal } = options;
	const carrier = await startDeviceHost({ directory, log, life: 'detached', carriesHost: true, outbound, signal });
	ensureMachineId(directory);
	await buildHostImage(carrier, options.base, signal);
	log('Booting the host');
	await startHostContainer(carrier, os.container, signal);
	return withOsEngine(carrier);
}

/** Brings the program into the host's engine, as the image that its service starts. */
export function installSupervisor(options: {
	readonly host: DeviceHost;
	readonly os: OsHome;
	readonly base: OsBase;
	readonly program: string;
	readonly signal: AbortSignal;
}): Promise<void> {
	const { host, os, base, program, signal } = options;
	return buildSupervisorImage({ socketPath: host.socketPath, base, program, image: os.image, signal });
}

/** Starts the service, or starts it again with the image that it has now. */
export async function startOsSupervisor(directory: string, os: OsHome): Promise<void> {
	const folder = join(directory, 'state/etc-balena-supervisor');
	mkdirSync(folder, { recursive: true });
	const lines = [`SUPERVISOR_IMAGE=${os.image}`, 'SUPERVISOR_VERSION=master', 'LED_FILE=/dev/null', ''];
	writeFileSync(join(folder, 'supervisor.conf'), lines.join('\n'));
	const carrier = requireCarrier(directory);
	await runDocker(carrier.socketPath, insideHost(os.container, ['systemctl', 'restart', UNIT], false));
}

/** So that a kept device has written everything before its processes are killed. */
export async function shutDownOs(directory: string, record: DeviceRecord): Promise<void> {
	const carrier = findDeviceHost(directory);
	if (record.os !== undefined && carrier !== undefined) await shutDownHost(carrier, record.os.container);
}

export function requireCarrier(directory: string): DeviceHost {
	const carrier = findDeviceHost(directory);
	if (carrier === undefined) throw new DeviceError('No device is running', 'Start one with dindctl run --os');
	return carrier;
}

/** On the state partition, as on a device: the supervisor finds the journal by it. */
function ensureMachineId(directory: string): void {
	const path = join(directory, 'state/machine-id');
	if (!existsSync(path)) writeFileSync(path, `${randomBytes(16).toString('hex')}\n`);
}
