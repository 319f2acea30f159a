import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { ControlCallError, createControlClient } from '../cloud/control-client.ts';
import type { ControlClient } from '../cloud/control-client.ts';
import type { NewReleaseInput } from '../cloud/control-schemas.ts';
import { DeviceError } from '../device/index.ts';
import type { DeviceHost } from '../device/index.ts';
import { POLL_INTERVAL_MS } from './device-folder.ts';
import type { DeviceType } from './device-types.ts';
import { markRelease } from './supervisor.ts';

const READY_TIMEOUT_MS = 20_000;
const reportSchema = z.object({ api_secret: z.string() });

interface CloudDevice {
	readonly uuid: string;
	/** The key of its API, once reported. */
	readonly apiKey: string | undefined;
	/** What it shall run. */
	readonly targetRelease: string | undefined;
}

/** Starts the stand-in cloud inside the device, with a socket in the device's folder to steer it from outside. */
export async function startCloud(host: DeviceHost, port: number, signal: AbortSignal): Promise<void> {
	const options = {
		port: String(port),
		store: join(host.directory, 'cloud'),
		'control-socket': controlSocket(host.directory),
		'minimum-poll-interval': String(POLL_INTERVAL_MS),
	};
	const args = Object.entries(options).flatMap(([name, value]) => [`--${name}`, value]);
	const child = host.spawn('node', ['--import', 'tsx', 'tools/cloud/main.ts', ...args], { detachedName: 'cloud' });
	const deadline = performance.now() + READY_TIMEOUT_MS;
	while (!(await isCloudUp(host.directory))) {
		if (child.exitCode !== null || performance.now() > deadline) {
			throw new DeviceError('The cloud did not start', `Read ${join(host.directory, 'logs/cloud.log')}`);
		}
		await sleep(50, undefined, { signal });
	}
}

export async function isCloudUp(directory: string): Promise<boolean> {
	if (!existsSync(controlSocket(directory))) return false;
	return findCloudDevice(directory).then(
		() => true,
		() => false,
	);
}

export function createFleet(directory: string, name: string, { slug, arch }: DeviceType) {
	return ask(directory, (client) => client.createFleet({ name, deviceType: slug, arch }));
}

/** Makes it what the fleet's devices shall run. */
export function createRelease(directory: string, fleetId: number, release: NewReleaseInput) {
	markRelease(directory);
	return ask(directory, (client) => client.createRelease(fleetId, release));
}

/** What a device of the fleet shall run, before it has registered too. */
export async function findFleetTarget(directory: string, fleetId: number): Promise<string | undefined> {
	return (await ask(directory, (client) => client.getFleet(fleetId))).targetRelease ?? undefined;
}

/** The one device of this cloud, once it has registered. */
export async function findCloudDevice(directory: string): Promise<CloudDevice | undefined> {
	const [device] = await ask(directory, (client) => client.listDevices());
	if (device === undefined) return undefined;
	const apiKey = reportSchema.safeParse(device.state).data?.api_secret;
	return { uuid: device.uuid, apiKey, targetRelease: device.targetRelease ?? undefined };
}

async function ask<T>(directory: string, call: (client: ControlClient) => Promise<T>): Promise<T> {
	try {
		return await call(createControlClient(controlSocket(directory)));
	} catch (cause) {
		if (cause instanceof ControlCallError) {
			const reason = cause.message.split('\n').join(' ').replace(/\.$/, '');
			throw new DeviceError(`The cloud refused ${reason}`, 'Correct the compose file and repeat', { cause });
		}
		const log = join(directory, 'logs/cloud.log');
		throw new DeviceError('The cloud does not answer', `Read ${log}, then dindctl stop --keep and run again`, {
			cause,
		});
	}
}

function controlSocket(directory: string): string {
	return join(directory, 'cloud.sock');
}
