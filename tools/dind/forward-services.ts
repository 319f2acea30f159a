import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo, Server } from 'node:net';
import { join } from 'node:path';
import type { DeviceHost } from '../device/index.ts';
import { listContainers } from './containers.ts';
import type { ServiceContainer } from './containers.ts';
import type { DeviceRecord } from './device-folder.ts';
import { findContainerAddress } from './engine-container.ts';
import { forwardPorts } from './supervisor.ts';

/** A port of a service that can be reached on this machine. */
export interface Forward {
	/** On this machine: host and port. */
	readonly address: string;
	readonly service: string;
	/** On the device. */
	readonly port: number;
	/** The address of the device that it is published on. */
	readonly on: string;
}

interface ForwardsFile {
	readonly forwards: readonly Forward[];
	/** Of runs before: the same are chosen again where they are free. */
	readonly former: readonly Forward[];
}

const NONE: ForwardsFile = { forwards: [], former: [] };

const LOOPBACK = '127.0.0.1';
/** Those below are the machine's own. */
const LOWEST_PORT = 1024;

/**
 * Makes what the services publish reachable on this machine, under the same port where it is free. What is forwarded
 * already stays. Returns those that are published now. Beside an engine of this machine the engine itself does it.
 */
export async function forwardServices(
	directory: string,
	host: DeviceHost,
	home: DeviceRecord['home'],
): Promise<readonly Forward[]> {
	if (home.kind === 'engine') return [];
	const { forwards: known, former } = readFile(directory);
	const published = listPublished(await listContainers(host.socketPath));
	const missing = published.filter((one) => !known.some(isSame(one)));
	const made: { readonly forward: Forward; readonly server: Server }[] = [];
	for (const one of missing) {
		const address = former.find(isSame(one))?.address ?? `:${one.port}`;
		const preferred = Number(address.slice(address.lastIndexOf(':') + 1));
		const server = await listenOn(preferred);
		const { port } = server.address() as AddressInfo; // it listens on a port
		made.push({ server, forward: { ...one, address: `${LOOPBACK}:${port}` } });
	}
	if (made.length > 0) {
		const targetHost = home.kind === 'container' ? await findContainerAddress(home) : LOOPBACK;
		const hostOf = (on: string) => (on === '0.0.0.0' ? targetHost : on);
		const targets = made.map(({ server, forward: { on, port } }) => ({ server, host: hostOf(on), port }));
		await forwardPorts(host, targets);
	}
	// Those of a service that is gone stay open in the process that has them, and lead nowhere until it returns.
	const all = [
		...known.map((one) => ({ ...one, ...published.find(isSame(one)) })),
		...made.map(({ forward }) => forward),
	];
	writeFile(directory, { forwards: all, former });
	return all.filter((one) => published.some(isSame(one)));
}

export function describeForwards(forwards: readonly Forward[]): readonly string[] {
	return forwards.map(({ address, service, port }) => `  ${service}: port ${port} of the device is ${address} here`);
}

/** Of what these containers publish. */
export function readForwards(directory: string, containers: readonly ServiceContainer[]): readonly Forward[] {
	const published = listPublished(containers);
	return readFile(directory).forwards.filter((one) => published.some(isSame(one)));
}

/** Before the device starts: the processes that had the sockets have ended with the run before. */
export function endForwards(directory: string): void {
	const { forwards, former } = readFile(directory);
	if (forwards.length > 0) writeFile(directory, { forwards: [], former: [...forwards, ...former] });
}

type Published = Omit<Forward, 'address'>;

const isSame = (one: Published) => (other: Published) => one.port === other.port && one.on === other.on;

function listPublished(containers: readonly ServiceContainer[]): readonly Published[] {
	return containers.flatMap(({ service, ports }) =>
		ports.filter(({ protocol }) => protocol === 'tcp').map(({ port, address }) => ({ service, port, on: address })),
	);
}

function readFile(directory: string): ForwardsFile {
	const path = pathOf(directory);
	// Written by the function below only.
	return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as ForwardsFile) : NONE;
}

function writeFile(directory: string, file: ForwardsFile): void {
	writeFileSync(pathOf(directory), JSON.stringify(file));
}

function pathOf(directory: string): string {
	return join(directory, 'forwards.json');
}

async function listenOn(preferred: number): Promise<Server> {
	return (preferred >= LOWEST_PORT ? await tryListen(preferred) : undefined) ?? requireServer(await tryListen(0));
}

function requireServer(server: Server | undefined): Server {
	if (server === undefined) throw new Error('this machine has no free port');
	return server;
}

function tryListen(port: number): Promise<Server | undefined> {
	return new Promise((done) => {
		const server = createServer();
		server.once('error', () => done(undefined)); // it is taken
		server.listen({ host: LOOPBACK, port }, () => done(server));
	});
}
