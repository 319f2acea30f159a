import { z } from 'zod';
import { DeviceError } from '../device/index.ts';
import { requestJson } from './request-json.ts';

const listReply = z.array(
	z.object({
		Id: z.string(),
		Names: z.array(z.string()),
		Ports: z
			.array(
				z.object({ IP: z.string().optional(), PrivatePort: z.int(), PublicPort: z.int().optional(), Type: z.string() }),
			)
			.nullish(),
		Labels: z.record(z.string(), z.string()).nullish(),
	}),
);
const inspectReply = z.object({
	RestartCount: z.int().default(0),
	State: z.object({
		Status: z.string(),
		ExitCode: z.int().default(0),
		StartedAt: z.string(),
		FinishedAt: z.string(),
		Health: z.object({ Status: z.string() }).nullish(),
	}),
});

interface PublishedPort {
	/** The address in the device; `0.0.0.0` for all. */
	readonly address: string;
	/** On the device. */
	readonly port: number;
	readonly portInside: number;
	readonly protocol: string;
}

export interface ServiceContainer {
	readonly id: string;
	readonly name: string;
	readonly service: string;
	/** The release that it was made for, as its name says. */
	readonly commit: string | undefined;
	readonly state: string;
	/** Since when it is in that state; undefined if it was never started. */
	readonly since: string | undefined;
	readonly exitCode: number;
	readonly health: string | undefined;
	/** How often the engine has started it again. */
	readonly restarts: number;
	readonly startedAt: string;
	readonly ports: readonly PublishedPort[];
}

/** The containers of the supervisor's services, running or not. */
export async function listContainers(socketPath: string): Promise<readonly ServiceContainer[]> {
	const filters = encodeURIComponent(JSON.stringify({ label: ['io.balena.supervised'] }));
	const listed = await ask(socketPath, `/containers/json?all=true&filters=${filters}`);
	const containers = await Promise.all(
		listReply.parse(listed.body).map(async (row) => {
			const inspected = await ask(socketPath, `/containers/${row.Id}/json`);
			const details = inspected.status === 200 ? inspectReply.safeParse(inspected.body).data : undefined;
			// It was removed meanwhile.
			return details === undefined ? [] : [describeContainer(row, details)];
		}),
	);
	return containers.flat().sort((one, other) => one.service.localeCompare(other.service));
}

/** The one that a person means by the name of a service: the running one, if there are several. */
export function findService(containers: readonly ServiceContainer[], name: string): ServiceContainer {
	const candidates = containers.filter(({ service }) => service === name);
	const found = candidates.find(({ state }) => state === 'running') ?? candidates[0];
	if (found !== undefined) return found;
	const known = listServices(containers);
	const remedy = known.length === 0 ? 'The device runs none' : `Choose one of ${known.join(', ')}`;
	throw new DeviceError(`There is no service ${name}`, remedy);
}

export function listServices(containers: readonly ServiceContainer[]): readonly string[] {
	return [...new Set(containers.map(({ service }) => service))];
}

function describeContainer(
	row: z.infer<typeof listReply>[number],
	{ State, RestartCount }: z.infer<typeof inspectReply>,
): ServiceContainer {
	const name = (row.Names[0] ?? '').replace(/^\//, '');
	const time = State.Status === 'running' ? State.StartedAt : State.FinishedAt;
	return {
		id: row.Id,
		name,
		service: row.Labels?.['io.balena.service-name'] ?? name,
		commit: /_\d+_\d+_([0-9a-z]+)$/i.exec(name)?.[1],
		state: State.Status,
		since: time.startsWith('0001-') ? undefined : time,
		exitCode: State.ExitCode,
		health: State.Health?.Status,
		restarts: RestartCount,
		startedAt: State.StartedAt,
		ports: listPorts(row.Ports ?? []),
	};
}

/** Each once, though the engine lists those of IPv4 and IPv6 apart. */
function listPorts(rows: NonNullable<z.infer<typeof listReply>[number]['Ports']>): readonly PublishedPort[] {
	const ports = new Map<string, PublishedPort>();
	for (const { IP = '', PrivatePort, PublicPort, Type } of rows) {
		if (PublicPort === undefined) continue;
		const address = IP === '' || IP === '::' ? '0.0.0.0' : IP;
		const port = { address, port: PublicPort, portInside: PrivatePort, protocol: Type };
		ports.set(`${address} ${PublicPort} ${Type}`, port);
	}
	return [...ports.values()].sort((one, other) => one.port - other.port);
}

async function ask(socketPath: string, path: string) {
	const reply = await requestJson({ socketPath }, { path });
	if (reply === undefined) {
		throw new DeviceError('The engine does not answer', 'Look at its log, then stop and run again');
	}
	return reply;
}
