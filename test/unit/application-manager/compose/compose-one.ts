import { composeService, containerBody, type ServiceInputs } from '../../../../src/application-manager/compose/index.ts';
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

/** The create call, loosely typed: the tests look into all corners of it. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any
export type Body = any;

export function bodyOf(spec: ServiceSpec, containerIds: Readonly<Record<string, string>> = {}) {
	const result = containerBody(spec, { deviceName: 'd', containerIds: new Map(Object.entries(containerIds)) });
	if (!result.ok) {
		throw new Error(result.message);
	}
	return { name: result.name, extra: result.extraNetworks, body: result.body as Body };
}

/** What an engine shows of a container that was just made so, as far as it is known to change what it is given. */
export function inspectionOf(
	spec: ServiceSpec,
	image: Readonly<Record<string, unknown>> = {},
	containerIds: Readonly<Record<string, string>> = {},
): ContainerInspection & { readonly Config: Body; readonly HostConfig: Body; readonly NetworkSettings: Body } {
	const { name, extra, body } = bodyOf(spec, containerIds);
	const { HostConfig, NetworkingConfig, ...Config } = JSON.parse(JSON.stringify(body)) as Body;
	const networks = {
		...NetworkingConfig.EndpointsConfig,
		...Object.fromEntries(extra.map(({ network, endpoint }) => [network, endpoint])),
	};
	const fromImage = Config.Cmd.length === 0 && Config.Entrypoint.length === 0;
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
			Cmd: fromImage ? (image['Cmd'] ?? null) : Config.Cmd,
			Hostname: Config.Hostname || CONTAINER_ID.slice(0, 12),
			Volumes: { ...Config.Volumes, ...(image['Volumes'] ?? {}) },
		},
		HostConfig: { ...HostConfig, PidsLimit: HostConfig.PidsLimit || null },
		NetworkSettings: {
			Networks: Object.fromEntries(
				Object.entries<Body>(networks).map(([network, endpoint]) => [
					network,
					{ ...endpoint, Aliases: [...endpoint.Aliases, CONTAINER_ID.slice(0, 12)] },
				]),
			),
		},
	};
}
