import {
	composeService,
	containerBody,
	type ServiceInputs,
} from '../../../../src/application-manager/compose/index.ts';
import type { ComposeContext, Notice } from '../../../../src/application-manager/compose/index.ts';
import type { ServiceSpec } from '../../../../src/domain/service.ts';
import type { ContainerInspection, ImageInspection } from '../../../../src/ports/engine.ts';
import { vectorContext } from '../../../vectors/vector-app.ts';

/** Service `s` of app 1, uuid `abc1` (networks have hexadecimal prefixes), as in the conformance checks. */
export interface OneService {
	readonly composition?: Readonly<Record<string, unknown>>;
	readonly environment?: Readonly<Record<string, string>>;
	readonly labels?: Readonly<Record<string, string>>;
	readonly image?: Readonly<Record<string, unknown>>;
	readonly context?: Partial<ComposeContext>;
	readonly commit?: string;
}

export const IMAGE_ID = 'sha256:1111';
export const CONTAINER_ID = `c0c0c0c0c0c0${'0'.repeat(52)}`;

export function composeOne(one: OneService) {
	const image: ImageInspection | undefined = one.image && { Id: IMAGE_ID, Config: one.image };
	const inputs: ServiceInputs = { ...(image && { image }), supervisorApiKey: 'key' };
	return composeService({
		app: { appId: 1, appUuid: 'abc1', appName: 'fleet' },
		release: { releaseId: 7, commit: one.commit ?? 'c' },
		serviceName: 's',
		service: {
			serviceId: 5,
			imageId: 6,
			image: 'alpine',
			running: true,
			environment: one.environment ?? {},
			labels: one.labels ?? {},
			composition: one.composition ?? {},
		},
		context: { ...vectorContext, ...one.context },
		inputs,
	});
}

export function specOf(one: OneService): ServiceSpec {
	const composed = composeOne(one);
	if (!composed.ok) {
		throw new Error(JSON.stringify(composed.issues));
	}
	return composed.spec;
}

export function noticesOf(one: OneService): readonly Notice[] {
	return composeOne(one).notices;
}

interface Endpoint {
	readonly IPAMConfig: object;
	readonly Aliases: readonly string[];
}

/** The parts of a create call and of an inspection that the tests look at, or change as a program outside the supervisor would. */
interface EngineConfig {
	readonly Image: string;
	Cmd: readonly string[] | null;
	readonly Entrypoint: readonly string[];
	readonly Env: string[];
	readonly Hostname: string;
	readonly Volumes: Readonly<Record<string, object>>;
	readonly ExposedPorts: Readonly<Record<string, object>>;
	readonly Tty: boolean;
	readonly StopTimeout: number;
	readonly Healthcheck: object;
	readonly Labels: Readonly<Record<string, string>>;
	readonly [key: string]: unknown;
}
interface EngineHostConfig {
	readonly NetworkMode: string;
	readonly Binds: readonly string[];
	readonly Mounts: readonly { readonly Target: string }[];
	readonly SecurityOpt: string[];
	readonly PortBindings: Readonly<Record<string, object>>;
	readonly RestartPolicy: { readonly Name: string };
	readonly PidsLimit: number | null;
	OomKillDisable: boolean | null;
	readonly [key: string]: unknown;
}
interface CreateBody extends EngineConfig {
	readonly HostConfig: EngineHostConfig;
	readonly NetworkingConfig: { readonly EndpointsConfig: Readonly<Record<string, Endpoint>> };
}
type MadeContainer = ContainerInspection & {
	readonly Config: EngineConfig;
	readonly HostConfig: EngineHostConfig;
	readonly NetworkSettings: { readonly Networks: Readonly<Record<string, Endpoint>> };
};

export function bodyOf(
	spec: ServiceSpec,
	containerIds: Readonly<Record<string, string>> = {},
	facts: Pick<Parameters<typeof containerBody>[1], 'anonymousVolumes' | 'name'> = {},
) {
	const result = containerBody(spec, {
		deviceName: 'd',
		containerIds: new Map(Object.entries(containerIds)),
		...facts,
	});
	if (!result.ok) {
		throw new Error(result.message);
	}
	return { name: result.name, extra: result.extraNetworks, body: result.body as CreateBody };
}

/** What an engine shows of a container that was just made so, as far as it is known to change what it is given. */
export function inspectionOf(
	spec: ServiceSpec,
	image: Readonly<Record<string, unknown>> = {},
	containerIds: Readonly<Record<string, string>> = {},
	facts: Parameters<typeof bodyOf>[2] = {},
): MadeContainer {
	const { name, extra, body } = bodyOf(spec, containerIds, facts);
	const { HostConfig, NetworkingConfig, ...Config } = structuredClone(body);
	const joined = extra.map(({ network, endpoint }) => [network, endpoint as Endpoint] as const);
	const endpoints = [...Object.entries(NetworkingConfig.EndpointsConfig), ...joined];
	const isCommandless = Config.Cmd?.length === 0 && Config.Entrypoint.length === 0;
	const shortId = CONTAINER_ID.slice(0, 12);
	return {
		Id: CONTAINER_ID,
		Name: `/${name}`,
		Created: '2026-01-01T00:00:00Z',
		Image: Config.Image,
		State: {
			Status: 'created',
			Running: false,
			ExitCode: 0,
			Error: '',
			StartedAt: '0001-01-01T00:00:00Z',
			FinishedAt: '0001-01-01T00:00:00Z',
		},
		Config: {
			...Config,
			Cmd: isCommandless ? ((image['Cmd'] as string[] | undefined) ?? null) : Config.Cmd,
			Hostname: Config.Hostname || shortId,
			Volumes: { ...Config.Volumes, ...(image['Volumes'] as object | undefined) },
		},
		HostConfig: { ...HostConfig, PidsLimit: HostConfig.PidsLimit || null },
		NetworkSettings: {
			Networks: Object.fromEntries(
				endpoints.map(([network, endpoint]) => [network, { ...endpoint, Aliases: [...endpoint.Aliases, shortId] }]),
			),
		},
	};
}
