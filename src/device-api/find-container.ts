import { shownContainers } from '../application-manager/index.ts';
import type { ContainerView } from '../domain/service.ts';
import type { DeviceStatus } from '../domain/status.ts';

const APP_NOT_FOUND = [
	'App not found: an app needs to be installed for this endpoint to work.',
	"\tIf you've recently moved this device from another app,",
	'\tplease push an app and wait for it to be installed first.',
].join('\n');
export const NO_SERVICE_GIVEN =
	'serviceName or imageId parameters were not provided or the app is multi-container. Use the v2 service action endpoints.';
const SERVICE_NOT_FOUND = 'Service not found, a container must exist for this endpoint to work';
const NOT_IN_TARGET = 'Service does not exist in target release';

type FoundContainer =
	| { readonly ok: true; readonly container: ContainerView }
	/** Texts that clients know (spec: device-api 3.4). */
	| { readonly ok: false; readonly because: 'app' | 'service' | 'which' | 'target'; readonly message: string };

/** The container of a service action; in an app with one container that one, under any name. */
export function findContainer(
	status: DeviceStatus | undefined,
	wanted: { readonly appId: number; readonly serviceName?: string; readonly imageId?: number },
): FoundContainer {
	const { appId, serviceName, imageId } = wanted;
	const containers = shownContainers(status?.current?.apps.find((app) => app.appId === appId)?.containers ?? []);
	const [first] = containers;
	if (first === undefined) {
		return { ok: false, because: 'app', message: APP_NOT_FOUND };
	}
	if (containers.length > 1 && serviceName === undefined && imageId === undefined) {
		return { ok: false, because: 'which', message: NO_SERVICE_GIVEN };
	}
	const container =
		containers.length === 1 ? first : containers.find((c) => c.imageId === imageId || c.serviceName === serviceName);
	if (container === undefined) {
		return { ok: false, because: 'service', message: SERVICE_NOT_FOUND };
	}
	return isInTarget(status, container)
		? { ok: true, container }
		: { ok: false, because: 'target', message: NOT_IN_TARGET };
}

function isInTarget(status: DeviceStatus | undefined, { appId, imageId, serviceName }: ContainerView): boolean {
	const app = status?.target?.apps.find((candidate) => candidate.appId === appId);
	if (app?.state === 'ready') {
		return app.spec.services.some(
			({ identity }) => identity.imageId === imageId || identity.serviceName === serviceName,
		);
	}
	return Object.hasOwn(app?.app.release?.services ?? {}, serviceName);
}
