import type { MadeContainer } from '../../support/compose-files/container-facts.ts';
import type { RealEngine } from '../../support/real-engine.ts';

const SUPERVISED = 'label=io.balena.supervised';

/** As `docker inspect` shows it; what these tests look at. */
export interface Container {
	readonly Id: string;
	readonly Created: string;
	readonly Name: string;
	readonly Image: string;
	readonly RestartCount: number;
	readonly State: {
		readonly Status: string;
		readonly StartedAt: string;
		readonly FinishedAt: string;
		readonly Health?: { readonly Status: string };
	};
	readonly Config: {
		readonly Image: string;
		readonly Env: readonly string[];
		readonly Labels: Readonly<Record<string, string>>;
		readonly Healthcheck?: { readonly Test: readonly string[]; readonly Retries: number };
	};
	readonly HostConfig: MadeContainer['HostConfig'] & { readonly NetworkMode: string };
	readonly Mounts: readonly { readonly Type: string; readonly Name?: string; readonly Destination: string }[];
	readonly NetworkSettings: {
		readonly Networks: MadeContainer['networks'] &
			Readonly<Record<string, { readonly Aliases: readonly string[] | null }>>;
	};
}

/** In the order in which they were made: the engine promises none for any of its lists, which holds for all below. */
export async function listContainers(engine: RealEngine): Promise<readonly Container[]> {
	const ids = await listIds(engine, 'ps', '--all', '--no-trunc');
	if (ids.length === 0) return [];
	try {
		// The engine's own answer, of which we declare a part.
		const containers = JSON.parse(await engine.docker('inspect', ...ids)) as readonly Container[];
		return containers.toSorted((a, b) => a.Created.localeCompare(b.Created));
	} catch (error) {
		if (String(error).includes('No such object')) return listContainers(engine); // gone between the two questions
		throw error;
	}
}

/** Of two for one service, the newer one. */
export async function containersByService(engine: RealEngine): Promise<Readonly<Record<string, Container>>> {
	const containers = await listContainers(engine);
	return Object.fromEntries(containers.map((container) => [serviceOf(container), container]));
}

export function serviceOf(container: Container): string {
	return container.Config.Labels['io.balena.service-name'] ?? '';
}

/** Equal before and after if a container was not touched. */
export async function readTraces(engine: RealEngine): Promise<readonly string[]> {
	const containers = await listContainers(engine);
	return containers
		.filter(({ State }) => State.Status !== 'removing') // its successor may be there before it is gone
		.map(({ Id, Name, State }) => [Name, Id, State.Status, State.StartedAt, State.FinishedAt].join(' '))
		.sort();
}

export function listVolumes(engine: RealEngine): Promise<readonly string[]> {
	return listIds(engine, 'volume', 'ls');
}

/** Names, without the one that all apps share. */
export async function listNetworks(engine: RealEngine): Promise<readonly string[]> {
	const output = await engine.docker('network', 'ls', '--filter', SUPERVISED, '--format', '{{.Name}}');
	return output
		.split('\n')
		.filter((name) => name !== '' && name !== 'supervisor0')
		.sort();
}

/** By every name that they have. */
export async function listImages(engine: RealEngine): Promise<readonly string[]> {
	const output = await engine.docker('images', '--digests', '--format', '{{.Repository}} {{.Tag}} {{.Digest}}');
	return output
		.split('\n')
		.filter((line) => line.startsWith(engine.registry))
		.map((line) => {
			const [repository = '', , digest = ''] = line.split(' ');
			return `${repository}@${digest}`;
		})
		.sort();
}

/** Of all images, each once: an image has a line for each of its names, and those move. */
export async function listImageIds(engine: RealEngine): Promise<readonly string[]> {
	const output = await engine.docker('images', '--quiet', '--no-trunc');
	return [...new Set(output.split('\n').filter((id) => id !== ''))].sort();
}

async function listIds(engine: RealEngine, ...args: readonly string[]): Promise<readonly string[]> {
	const output = await engine.docker(...args, '--quiet', '--filter', SUPERVISED);
	return output
		.split('\n')
		.filter((id) => id !== '')
		.sort();
}
