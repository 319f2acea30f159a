import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { arch, homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { DeviceError } from '../device/index.ts';

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
}

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

export function chooseDirectory(option: string | undefined): string {
	const base = process.env['XDG_STATE_HOME'] ?? join(homedir(), '.local/state');
	return resolve(option ?? process.env['DINDCTL_DIRECTORY'] ?? join(base, 'dindctl'));
}

export function readRecord(directory: string): DeviceRecord | undefined {
	const path = join(directory, 'device.json');
	if (!existsSync(path)) return undefined;
	// Written by `writeRecord` only, in one piece; by earlier versions without ports.
	const record = JSON.parse(readFileSync(path, 'utf8')) as Omit<DeviceRecord, 'ports'> & { ports?: OwnPorts };
	return { ...record, ports: record.ports ?? FORMER_PORTS };
}

export function requireRecord(directory: string): DeviceRecord {
	const record = readRecord(directory);
	if (record === undefined) throw new DeviceError(`There is no device in ${directory}`, 'Start one with dindctl run');
	return record;
}

export function writeRecord(directory: string, record: DeviceRecord): void {
	writeWhole(join(directory, 'device.json'), JSON.stringify(record, undefined, '\t'));
}

/** Creates the files of a device's partitions. Existing files stay: it may be a kept device. */
export function layOutFolders(directory: string): void {
	for (const folder of FOLDERS) mkdirSync(join(directory, folder), { recursive: true });
	const files = {
		'root/etc/hostname': 'device\n',
		'root/etc/os-release': [
			'ID="balena-os"',
			'NAME="balenaOS"',
			'VERSION="6.1.0"',
			'VERSION_ID="6.1.0"',
			'PRETTY_NAME="balenaOS 6.1.0"',
			'VARIANT="Development"',
			'VARIANT_ID=dev\n',
		].join('\n'),
		'boot/device-type.json': JSON.stringify(describeMachine()),
	};
	for (const [name, content] of Object.entries(files)) writeFileSync(join(directory, name), content);
}

export function describeMachine(): { readonly slug: string; readonly arch: string } {
	return arch() === 'arm64' ? { slug: 'generic-aarch64', arch: 'aarch64' } : { slug: 'generic-amd64', arch: 'amd64' };
}

/** Not written again for a kept device: the supervisor has added its identity. */
export function ensureStandInConfig(
	directory: string,
	fleet: { readonly id: number; readonly key: string; readonly cloudPort: number; readonly listenPort: number },
): void {
	const path = join(directory, 'boot/config.json');
	if (existsSync(path)) return;
	const config = {
		apiEndpoint: `http://127.0.0.1:${fleet.cloudPort}`,
		applicationId: fleet.id,
		apiKey: fleet.key,
		deviceType: describeMachine().slug,
		appUpdatePollInterval: POLL_INTERVAL_MS,
		listenPort: fleet.listenPort,
	};
	writeWhole(path, JSON.stringify(config));
}

interface DeviceConfig {
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
