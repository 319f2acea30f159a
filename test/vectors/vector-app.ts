import type { TargetService } from '../../src/domain/target.ts';
import {
	composeService,
	type ComposeContext,
	type ComposedService,
} from '../../src/application-manager/compose/index.ts';
import type { ImageInspection } from '../../src/ports/engine.ts';

/** The device that the vectors were made on: see their README. */
export const vectorContext: ComposeContext = {
	deviceUuid: '1a2b3c4d5e6f70819293a4b5c6d7e8f9',
	deviceName: 'vector-device',
	deviceType: 'raspberrypi4-64',
	deviceArch: 'aarch64',
	hostOsVersion: 'balenaOS 6.5.4',
	hostname: 'vec-host',
	deviceApiKey: 'device-api-key',
	apiEndpoint: 'https://api.example.com',
	listenPort: 48484,
	supervisorHost: '10.114.104.1',
	dockerSocket: '/var/run/balena-engine.sock',
	hasKernelModules: true,
	hasFirmware: true,
	boardRev: 'abc1234',
};

export interface ServiceInput {
	readonly app: { readonly id: number; readonly uuid: string };
	readonly release: { readonly id: number; readonly commit: string };
	readonly serviceName: string;
	readonly service: {
		readonly id: number;
		readonly image_id: number;
		readonly image: string;
		readonly running?: boolean;
		readonly environment: Readonly<Record<string, string>>;
		readonly labels: Readonly<Record<string, string>>;
		readonly composition?: Readonly<Record<string, unknown>>;
	};
	readonly options: { readonly imageInfo?: ImageInspection };
	readonly containerIds: Readonly<Record<string, string>>;
}

export function composeInput(input: ServiceInput, supervisorApiKey = '<random>'): ComposedService {
	const { app, release, serviceName, service, options } = input;
	const target: TargetService = {
		serviceId: service.id,
		imageId: service.image_id,
		image: service.image,
		running: service.running ?? true,
		environment: service.environment,
		labels: service.labels,
		composition: service.composition ?? {},
	};
	return composeService({
		app: { appId: app.id, appUuid: app.uuid, appName: 'vector-app' },
		release: { releaseId: release.id, commit: release.commit },
		serviceName,
		service: target,
		context: vectorContext,
		inputs: { ...(options.imageInfo && { image: options.imageInfo }), supervisorApiKey },
	});
}
