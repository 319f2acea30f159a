import {
	accessSync,
	chmodSync,
	constants,
	existsSync,
	mkdirSync,
	readFileSync,
	renameSync,
	writeFileSync,
} from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { z } from 'zod';
import { DeviceError } from '../device/index.ts';
import { describeDeviceType, describeOsRelease } from './device-types.ts';

/** The engine in a container of the user's Docker; the other programs are plain processes, as beside any engine. */
export interface ContainerHome {
	readonly kind: 'container';
	readonly name: string;
	readonly image: string;
	readonly socketPath: string;
}

/** A whole host with an init system, in a container of the private engine (`run --os`). */
export interface OsHome {
	readonly container: string;
	/** The supervisor's image in the host's own engine. */
	readonly image: string;
	/** That image is the user's, and not made of these sources. */
	readonly isGiven?: boolean;
	/** Of the host, where it is not the one that is made here. */
	readonly hostImage?: string;
	/** Folders of this checkout that replace those of the image. */
	readonly mounts?: readonly Mount[];
	/** The program is built for people to read. */
	readonly isReadable?: boolean;
}

export type Mount = 'dist' | 'node_modules';

/** Ports of the stand-in cloud and the registry: fixed for the device, because its images and its config.json name them. */
export interface OwnPorts {
	readonly cloud: number;
	readonly registry: number;
}

/** How a device was started, for the commands that come later. */
export interface DeviceRecord {
	readonly home:
		{ readonly kind: 'private' } | { readonly kind: 'engine'; readonly socketPath: string } | ContainerHome;
	readonly os?: OsHome;
	/** What kind of board it stands for; a generic one without it. */
	readonly deviceType?: string;
	/** Where the supervisor answers on this machine. */
	readonly port: number;
	readonly ports: OwnPorts;
	/** Absent when the device belongs to a real cloud. */
	readonly fleet?: { readonly id: number; readonly name: string };
}

export const DEVICE_PORT = 48484;
export const POLL_INTERVAL_MS = 10_000;
const FORMER_PORTS: OwnPorts = { cloud: 3000, registry: 5000 };
const FOLDERS = ['root/etc', 'root/tmp/balena-supervisor', 'root/run', 'boot', 'state', 'data', 'cloud', 'logs'];

/** What a command line says about where the device is. */
interface Place {
	readonly directory?: string | undefined;
	readonly name?: string | undefined;
	readonly 'dind-container'?: string | undefined;
}

export const USUAL_NAME = 'supervisor';

export function chooseDirectory({ directory, ...place }: Place): string {
	const name = place['dind-container'] ?? place.name ?? USUAL_NAME;
	if (!/^[a-zA-Z0-9][\w.-]{0,39}$/.test(name)) {
		const what = place['dind-container'] === undefined ? 'device' : 'container';
		throw new DeviceError(`${name} is no name of a ${what}`, 'Use letters, digits, dots and dashes');
	}
	if (directory !== undefined) return resolve(directory);
	const usual = process.env['DINDCTL_DIRECTORY'] ?? join(chooseStateFolder(), 'dindctl');
	return resolve(name === USUAL_NAME ? usual : `${usual}-${name}`);
}

export function chooseStateFolder(): string {
	return process.env['XDG_STATE_HOME'] ?? join(homedir(), '.local/state');
}

export function readRecord(directory: string): DeviceRecord | undefined {
	const path = join(directory, 'device.json');
	if (!existsSync(path)) {
		checkReadable(directory);
		return undefined;
	}
	// Written by `writeRecord` only, in one piece; by earlier versions without ports.
	const record = JSON.parse(readFileSync(path, 'utf8')) as Omit<DeviceRecord, 'ports'> & { ports?: OwnPorts };
	return { ...record, ports: record.ports ?? FORMER_PORTS };
}

/** Its folder is for its owner only, and seems empty to others. */
function checkReadable(directory: string): void {
	try {
		accessSync(directory, constants.R_OK | constants.X_OK);
	} catch (cause) {
		if ((cause as NodeJS.ErrnoException).code !== 'EACCES') return; // it is not there
		throw new DeviceError(`The device in ${directory} belongs to another user`, 'Run it with sudo', { cause });
	}
}

export function requireRecord(directory: string): DeviceRecord {
	const record = readRecord(directory);
	if (record === undefined) throw new DeviceError(`There is no device in ${directory}`, 'Start one with dindctl run');
	return record;
}

export function writeRecord(directory: string, record: DeviceRecord): void {
	writeWhole(join(directory, 'device.json'), JSON.stringify(record, undefined, '\t'));
}

/** Creates the files of a device's partitions. What a device changes stays: it may be a kept one. */
export function layOutFolders(directory: string, deviceType = describeDeviceType()): void {
	makeFolder(directory);
	for (const folder of FOLDERS) mkdirSync(join(directory, folder), { recursive: true });
	// Keys of the device and data of its services are in there.
	chmodSync(directory, 0o700);
	const files = {
		'root/etc/hostname': 'device\n',
		'root/etc/os-release': describeOsRelease(deviceType.slug),
		'boot/device-type.json': JSON.stringify({ slug: deviceType.slug, arch: deviceType.arch }),
	};
	for (const [name, content] of Object.entries(files)) writeFileSync(join(directory, name), content);
	for (const [name, content] of Object.entries(deviceType.bootFiles)) {
		if (!existsSync(join(directory, 'boot', name))) writeFileSync(join(directory, 'boot', name), content);
	}
}

/** Level by level: Node's own way hides why a read-only disk refuses, and never ends below /proc. */
function makeFolder(path: string): void {
	if (existsSync(path)) return;
	makeFolder(dirname(path));
	mkdirSync(path);
}

export function describeMachine(): { readonly slug: string; readonly arch: string } {
	const { slug, arch } = describeDeviceType();
	return { slug, arch };
}

export function hasCloud(directory: string): boolean {
	const path = join(directory, 'boot/config.json');
	return existsSync(path) && readFileSync(path, 'utf8').includes('"apiEndpoint"');
}

/** Of a device without a cloud: it takes its target from its own API, or from a preloaded disk. */
export function ensureOwnConfig(directory: string, deviceType: string): void {
	const path = join(directory, 'boot/config.json');
	if (!existsSync(path)) writeWhole(path, JSON.stringify({ deviceType }));
}

/** Not written again for a kept device: the supervisor has added its identity. */
export function ensureStandInConfig(
	directory: string,
	fleet: {
		readonly id: number;
		readonly key: string;
		readonly deviceType: string;
		readonly cloudPort: number;
		readonly listenPort: number;
	},
): void {
	const path = join(directory, 'boot/config.json');
	if (existsSync(path)) return;
	const config = {
		apiEndpoint: `http://127.0.0.1:${fleet.cloudPort}`,
		applicationId: fleet.id,
		apiKey: fleet.key,
		deviceType: fleet.deviceType,
		appUpdatePollInterval: POLL_INTERVAL_MS,
		listenPort: fleet.listenPort,
	};
	writeWhole(path, JSON.stringify(config));
}

export interface DeviceConfig {
	readonly apiEndpoint: string;
	readonly listenPort: number;
}

const configSchema = z.object({ apiEndpoint: z.url(), listenPort: z.coerce.number().int().default(DEVICE_PORT) });

/** What we need to know of a config.json from a real cloud. */
export function readConfig(path: string): DeviceConfig {
	if (!existsSync(path)) throw new DeviceError(`There is no file ${path}`, 'Give the config.json of a device');
	try {
		return configSchema.parse(JSON.parse(readFileSync(path, 'utf8')));
	} catch (cause) {
		const remedy = 'Download it from the dashboard of your cloud';
		throw new DeviceError(`${path} is no config.json with an apiEndpoint`, remedy, { cause });
	}
}

/** Copied, as the supervisor writes to it. A kept device keeps its own, with the identity in it. */
export function ensureConfig(directory: string, source: string, changes: { readonly listenPort?: number }): void {
	const path = join(directory, 'boot/config.json');
	if (existsSync(path)) return;
	const config = JSON.parse(readFileSync(source, 'utf8')) as object; // `readConfig` has looked at it
	writeWhole(path, JSON.stringify({ ...config, ...changes }));
}

function writeWhole(path: string, content: string): void {
	writeFileSync(`${path}.new`, content);
	renameSync(`${path}.new`, path);
}
