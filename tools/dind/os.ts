import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DeviceError, findDeviceHost, runDocker, startDeviceHost } from '../device/index.ts';
import type { DeviceHost } from '../device/index.ts';
import {
	bringImage,
	buildHostImage,
	buildSupervisorImage,
	insideHost,
	osSocket,
	shutDownHost,
	startHostContainer,
} from '../os/index.ts';
import type { OsBase } from '../os/index.ts';
import { findArchive } from './archives.ts';
import type { DeviceRecord, OsHome } from './device-folder.ts';

const PROJECT = join(import.meta.dirname, '../..');
const UNIT = 'balena-supervisor';

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
	const image =
		os.hostImage === undefined
			? await buildHostImage(carrier, options.base, signal)
			: await bringImage({ socketPath: carrier.socketPath, image: os.hostImage, findArchive, log, signal });
	log('Booting the host, which takes about 15 s');
	await startHostContainer({ carrier, name: os.container, image, volumes: describeVolumes(directory, os), signal });
	return withOsEngine(carrier);
}

function describeVolumes(directory: string, os: OsHome): readonly string[] {
	return [
		// A host of the user is what it says it is.
		...(os.hostImage === undefined ? [`${directory}/root/etc/os-release:/etc/os-release:ro`] : []),
		// The whole checkout, as a folder of it that is built anew is another folder.
		...(os.mounts?.length ? [`${PROJECT}:/mnt/project:ro`] : []),
	];
}

/** Brings the supervisor into the host's engine, as the image that its service starts. Returns its name there. */
export async function installSupervisor(options: {
	readonly host: DeviceHost;
	readonly os: OsHome;
	readonly base: OsBase;
	/** Absent with an image of the user. */
	readonly program: string | undefined;
	readonly log: (line: string) => void;
	readonly signal: AbortSignal;
}): Promise<string> {
	const { host, os, base, program, log, signal } = options;
	const { socketPath } = host;
	if (program === undefined) return bringImage({ socketPath, image: os.image, findArchive, log, signal });
	await buildSupervisorImage({ socketPath, base, program, image: os.image, signal });
	return os.image;
}

/** Starts the service, or starts it again with the image that it has now. */
export async function startOsSupervisor(directory: string, os: OsHome): Promise<void> {
	const folder = join(directory, 'state/etc-balena-supervisor');
	mkdirSync(folder, { recursive: true });
	const lines = [
		`SUPERVISOR_IMAGE=${os.image}`,
		`SUPERVISOR_VERSION=${/:([^:/]*)$/.exec(os.image)?.[1] ?? 'latest'}`,
		'LED_FILE=/dev/null',
		// Read by the start script of our host only.
		`DINDCTL_MOUNTS="${(os.mounts ?? []).join(' ')}"`,
		'',
	];
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
