import { shownContainers } from '../../application-manager/index.ts';
import type { DeviceStatus } from '../../domain/status.ts';

const HIDDEN = [
	'RESIN_SUPERVISOR_API_KEY',
	'RESIN_API_KEY',
	'BALENA_SUPERVISOR_API_KEY',
	'BALENA_API_KEY',
	'RESIN_DEVICE_NAME_AT_INIT',
	'BALENA_DEVICE_NAME_AT_INIT',
];

type V1App =
	| { readonly ok: true; readonly app: Readonly<Record<string, unknown>> }
	| { readonly ok: false; readonly message: string };

/** `GET /v1/apps/:appId` (spec: device-api 4.10), for apps of one container. */
export function viewV1App(status: DeviceStatus | undefined, appId: number): V1App {
	const app = status?.current?.apps.find((candidate) => candidate.appId === appId);
	const [container, ...others] = shownContainers(app?.containers ?? []);
	if (container === undefined) {
		return { ok: false, message: 'App not found' };
	}
	if (others.length > 0) {
		return { ok: false, message: 'Some v1 endpoints are only allowed on single-container apps' };
	}
	const env = Object.fromEntries(
		Object.entries(container.config.environment).filter(([name]) => !HIDDEN.includes(name)),
	);
	const { containerId, releaseId, config } = container;
	return {
		ok: true,
		app: {
			appId,
			...(app?.commit === undefined ? {} : { commit: app.commit }),
			containerId,
			env,
			imageId: config.image,
			releaseId,
		},
	};
}
