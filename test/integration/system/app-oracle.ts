import type { RealEngine } from '../../support/real-engine.ts';
import { callEngine } from './engine-calls.ts';

export interface ServiceView {
	readonly service: string;
	readonly id: string;
}

/** The objects of an app, as the engine shows them. */
export interface AppView {
	readonly services: readonly ServiceView[];
	/** With containers in them. */
	readonly networks: readonly { readonly network: string; readonly members: readonly string[] }[];
	readonly volumes: readonly string[];
	readonly unusedVolumes: readonly string[];
	/** Of the images that the containers have. */
	readonly imageNames: readonly string[];
	/** One line each, of what is never to differ. */
	readonly facts: readonly string[];
}

/** As far as it is looked at. */
interface Inspection {
	readonly Id: string;
	readonly Name: string;
	readonly Image: string;
	readonly State: { readonly Status: string; readonly Paused: boolean };
	readonly Config: { readonly Labels: Readonly<Record<string, string>> };
	readonly HostConfig: { readonly RestartPolicy: { readonly Name: string } };
	readonly Mounts: readonly { readonly Name?: string }[];
	readonly NetworkSettings: { readonly Networks: Readonly<Record<string, { readonly NetworkID: string }>> };
}

interface Named {
	readonly Id: string;
	readonly Name: string;
}

interface Image {
	readonly Id: string;
	readonly RepoTags: readonly string[] | null;
	readonly RepoDigests: readonly string[] | null;
}

const OURS = `filters=${encodeURIComponent('{"label":["io.balena.supervised"]}')}`;

/** Shares nothing with what it judges: it asks the engine alone. `undefined`: something went while it was asking. */
export async function lookAtApp({ socketPath }: RealEngine): Promise<AppView | undefined> {
	// The engine's own answers, of which we declare a part.
	const get = async <T>(path: string) => (await callEngine(socketPath, 'GET', path)).body as T;
	const [listed, networks, volumes, images] = await Promise.all([
		get<readonly { readonly Id: string }[]>(`/containers/json?all=1&${OURS}`),
		get<readonly Named[]>(`/networks?${OURS}`),
		get<{ readonly Volumes: readonly Named[] | null }>(`/volumes?${OURS}`),
		get<readonly Image[]>('/images/json'),
	]);
	const inspected = await Promise.all(listed.map(({ Id }) => callEngine(socketPath, 'GET', `/containers/${Id}/json`)));
	if (inspected.some(({ status }) => status !== 200)) return undefined;
	const containers = inspected.map(({ body }) => body as Inspection);
	const volumeNames = (volumes.Volumes ?? []).map(({ Name }) => Name).sort();
	const used = new Set(containers.flatMap(({ Mounts }) => Mounts.map(({ Name }) => Name)));
	const own = networks.filter(({ Name }) => Name !== 'supervisor0');
	const memberships = own.map(({ Name, Id }) => ({
		network: Name,
		members: containers.filter(({ NetworkSettings }) => NetworkSettings.Networks[Name]?.NetworkID === Id),
	}));
	return {
		services: containers.map((container) => ({ service: serviceOf(container), id: container.Id })),
		networks: memberships
			.filter(({ members }) => members.length > 0)
			.map(({ network, members }) => ({ network, members: members.map(({ Id }) => Id) })),
		volumes: volumeNames,
		unusedVolumes: volumeNames.filter((name) => !used.has(name)),
		imageNames: images
			.filter(({ Id }) => containers.some(({ Image }) => Image === Id))
			.flatMap(({ RepoTags, RepoDigests }) => [...(RepoTags ?? []), ...(RepoDigests ?? [])])
			.filter((name) => !name.includes('<none>')),
		facts: [
			...containers.map(describe),
			...memberships.map(({ network, members }) => `${network}: ${members.map(serviceOf).sort().join(', ')}`),
			...volumeNames.map((name) => `volume ${name}`),
		].sort(),
	};
}

function describe({ Name, Image, State, HostConfig, NetworkSettings, ...rest }: Inspection): string {
	const state = `${State.Status}${State.Paused ? ' paused' : ''}`;
	const networks = Object.keys(NetworkSettings.Networks).sort().join(', ');
	return `${serviceOf(rest)}: ${Name} ${Image} ${state} ${HostConfig.RestartPolicy.Name} [${networks}]`;
}

function serviceOf({ Config }: Pick<Inspection, 'Config'>): string {
	return Config.Labels['io.balena.service-name'] ?? '';
}
