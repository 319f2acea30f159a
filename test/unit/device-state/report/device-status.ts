import { emptyState } from '../../../support/empty-state.ts';
import type { ContainerView, RunState } from '../../../../src/domain/service.ts';
import type { DeviceStatus } from '../../../../src/domain/status.ts';
import type { Step } from '../../../../src/domain/step.ts';
import type { StoredImageRecord } from '../../../../src/domain/engine-objects.ts';
import type { ComposedApp, TargetApp, TargetDocument } from '../../../../src/domain/target.ts';

export const APP = 'a'.repeat(32);
export const OLD = 'c1';
export const NEW = 'c2';

/** `web@c1` of app 1: `registry/web@sha256:…` */
export function imageOf(service: string, commit: string): string {
	return `registry/${service}@sha256:${Buffer.from(`${service}${commit}`).toString('hex').padEnd(64, '0')}`;
}

export interface Scene {
	/** Commit of the target release and its services. */
	readonly target: { readonly commit: string; readonly services: readonly string[] };
	/** `web@c1` */
	readonly images?: readonly string[];
	/** `web@c1: running` */
	readonly containers?: readonly string[];
	readonly running?: readonly { readonly step: Step; readonly percent?: number }[];
	readonly reached?: string;
	readonly app?: Partial<TargetApp>;
	readonly composed?: 'ready' | 'rejected';
	readonly other?: { readonly images: readonly string[]; readonly containers: readonly string[] };
}

/** A device with one app, and what is going on there. */
export function scene(options: Scene): { readonly status: DeviceStatus; readonly target: TargetDocument } {
	const { commit, services } = options.target;
	const app: TargetApp = {
		...{ appId: 1, appUuid: APP, appName: 'app', class: 'fleet', isHost: false, rejected: false },
		release: {
			...{ commit, releaseId: releaseIdOf(commit), networks: {}, volumes: {} },
			services: Object.fromEntries(
				services.map((name, n) => [
					name,
					{
						...{ serviceId: n, imageId: n, image: imageOf(name, commit), running: true },
						...{ environment: {}, labels: {}, composition: {} },
					},
				]),
			),
		},
		...options.app,
	};
	const images = [
		...(options.images ?? []).map((text) => record(text, 1)),
		...(options.other?.images ?? []).map((t) => record(t, 2)),
	];
	const containers = (options.containers ?? []).map((text) => container(text, 1));
	const others = (options.other?.containers ?? []).map((text) => container(text, 2));
	return {
		target: { name: 'dev', config: {}, apps: [app] },
		status: {
			at: 0,
			current: {
				...emptyState,
				apps: [
					{
						...{ appId: 1, appUuid: APP, containers, networks: [], volumes: [] },
						...(options.reached === undefined ? {} : { commit: options.reached }),
					},
					{ appId: 2, appUuid: 'b', containers: others, networks: [], volumes: [] },
				],
				images: images.map(({ name, dockerImageId = '' }) => ({ id: dockerImageId, tags: [], digests: [name] })),
				imageRecords: images,
			},
			target: { apps: [compose(app, options)], variables: {} },
			plan: undefined,
			running: (options.running ?? []).map((step, n) => ({ id: String(n), ...step })),
			...{
				applying: false,
				updatePending: false,
				updateFailed: false,
				updateDownloaded: false,
				problems: [],
				reasons: [],
			},
		},
	};
}

function compose(app: TargetApp, { composed }: Scene): ComposedApp {
	if (composed === 'rejected' || app.rejected) {
		return { state: 'rejected', appId: 1, app, issues: [] };
	}
	// Its content is not read.
	return { state: 'ready', appId: 1, spec: { appId: 1, appUuid: APP } } as unknown as ComposedApp;
}

function record(text: string, appId: number): StoredImageRecord {
	const [serviceName = '', commit = ''] = text.split('@');
	return {
		...{ id: releaseIdOf(commit), serviceId: 1, imageId: 1, releaseId: releaseIdOf(commit), serviceName, commit },
		...{ appId, appUuid: appId === 1 ? APP : 'b', name: imageOf(serviceName, commit), dockerImageId: `sha256:${text}` },
	};
}

function container(text: string, appId: number): ContainerView {
	const [, serviceName = '', commit = '', runState = '', createdAt = '2026-01-01T00:00:00Z'] =
		/^(\w+)@(\w+): (\w+)(?: (\S+))?$/.exec(text) ?? [];
	return {
		...{ containerId: `${serviceName}-${commit}`, name: text, appId, appUuid: appId === 1 ? APP : 'b', serviceName },
		...{ serviceId: 1, imageId: 1, releaseId: releaseIdOf(commit), commit, createdAt, exitCode: 0, stateError: '' },
		...{ runState: runState as RunState, engineImageId: '', networks: [], volumes: [] },
		config: {},
	} as unknown as ContainerView; // the configuration is not looked at
}

function releaseIdOf(commit: string): number {
	return Number(commit.slice(1));
}
