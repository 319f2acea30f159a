import { emptyState } from '../../support/empty-state.ts';
import type { ContainerView, ServiceConfig } from '../../../src/domain/service.ts';
import type { DeviceStatus } from '../../../src/domain/status.ts';
import type { TargetApp, TargetDocument } from '../../../src/domain/target.ts';

/** A device at rest with two apps of one service each. */
function container(appId: number, containerId: string): ContainerView {
	return {
		containerId,
		name: `web_1${appId}_7_c${appId}`,
		appId,
		appUuid: `u${appId}`,
		serviceName: 'web',
		serviceId: 5,
		imageId: 10 + appId,
		releaseId: 7,
		commit: `c${appId}`,
		createdAt: '2026-01-02T03:04:05.678901234Z',
		runState: 'running',
		exitCode: 0,
		restartCount: 0,
		stateError: '',
		engineImageId: `sha256:${appId}`,
		config: {} as ServiceConfig, // no view looks inside
		networks: [],
		volumes: [],
		anonymousVolumes: {},
	};
}

const record = (appId: number) => ({
	id: appId,
	name: `registry.test/web:${appId}`,
	appId,
	appUuid: `u${appId}`,
	serviceId: 5,
	serviceName: 'web',
	imageId: 10 + appId,
	releaseId: 7,
	commit: `c${appId}`,
	dockerImageId: `sha256:${appId}`,
});

const currentApp = (appId: number, containerId: string) => ({
	appId,
	appUuid: `u${appId}`,
	commit: `c${appId}`,
	containers: [container(appId, containerId)],
	networks: [],
	volumes: [],
});

export const deviceStatus: DeviceStatus = {
	at: 0,
	current: {
		...emptyState,
		apps: [currentApp(1, 'one'), currentApp(2, 'two')],
		images: [1, 2].map((n) => ({ id: `sha256:${n}`, tags: [`registry.test/web:${n}`], digests: [] })),
		imageRecords: [record(1), record(2)],
	},
	target: { apps: [], variables: {} },
	plan: { start: [], waiting: [], wakeAt: undefined },
	running: [],
	applying: false,
	updatePending: false,
	updateFailed: false,
	updateDownloaded: false,
	problems: [],
	reasons: [],
};

const targetApp = (appId: number, appName: string): TargetApp => ({
	appId,
	appUuid: `u${appId}`,
	appName,
	class: 'fleet',
	isHost: false,
	rejected: false,
	release: {
		releaseId: 7,
		commit: `c${appId}`,
		services: {
			web: {
				serviceId: 5,
				imageId: 10 + appId,
				image: `registry.test/web:${appId}`,
				running: true,
				environment: {},
				labels: {},
				composition: {},
			},
		},
		networks: {},
		volumes: {},
	},
});

export const target: TargetDocument = {
	name: 'device',
	config: {},
	apps: [targetApp(1, 'first'), targetApp(2, 'second')],
};
