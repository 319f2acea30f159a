import type { ApiOptions } from '../api-options.ts';
import { fieldOf, isTruthy, parseId, parseText } from '../coerce.ts';
import { findContainer, NO_SERVICE_GIVEN } from '../find-container.ts';
import { findKey } from '../find-key.ts';
import { accessFor, isCovered } from '../middleware.ts';
import { actOnService, askedBy, cleanUpVolumes, purgeApp, restartApp, type ServiceAction } from '../operations.ts';
import { isFromBrowser } from '../refuse-web-pages.ts';
import { requireSeen } from '../require-seen.ts';
import type { Route } from '../route.ts';
import { viewAppState } from '../views/app-state.ts';
import { viewApplications } from '../views/applications.ts';
import { ReasonViewer } from '../views/reasons.ts';

/** Apps and their services (spec: device-api 5.1 to 5.5, 5.15). */
export function appsV2Routes(options: ApiOptions): readonly Route[] {
	return [
		appRoute(options, 'restart', restartApp),
		appRoute(options, 'purge', purgeApp),
		serviceRoute(options, 'restart'),
		serviceRoute(options, 'stop'),
		serviceRoute(options, 'start'),
		...viewRoutes(options),
		{
			method: 'get',
			path: '/v2/cleanup-volumes',
			access: 'filtered',
			handle: async ({ url, headers }, response) => {
				// A page may request an image at this address, and its browser then sends no origin.
				if (isFromBrowser(headers) && findKey(url, headers) === undefined) {
					response.status(403).json({ status: 'failed', message: 'Browsers have to show a key here' });
					return;
				}
				const access = accessFor(response);
				const storedApps = await options.targetApps();
				await cleanUpVolumes(askedBy(options.operations, access), {
					covers: (appId) => access.covers(appId),
					storedApps,
				});
				response.json({ status: 'success' });
			},
		},
	];
}

function appRoute({ operations }: ApiOptions, name: 'restart' | 'purge', operate: typeof restartApp): Route {
	return {
		method: 'post',
		path: `/v2/applications/:appId/${name}`,
		access: 'app',
		handle: async (request, response) => {
			const appId = parseId(request.params['appId']);
			if (appId === undefined) {
				response.status(400).json({ status: 'failed', message: 'Missing app id' });
			} else if (isCovered(response, appId)) {
				await operate(askedBy(operations, accessFor(response)), appId, isTruthy(fieldOf(request.body, 'force')));
				response.send('OK');
			}
		},
	};
}

function serviceRoute({ operations, status }: ApiOptions, action: ServiceAction): Route {
	return {
		method: 'post',
		path: `/v2/applications/:appId/${action}-service`,
		access: 'app',
		handle: async (request, response) => {
			const appId = parseId(request.params['appId']);
			if (appId === undefined) {
				response.status(400).json({ status: 'failed', message: 'Invalid app id' });
				return;
			}
			if (!isCovered(response, appId)) {
				return;
			}
			const wanted = serviceIn(request.body);
			if (wanted.serviceName === undefined && wanted.imageId === undefined) {
				response.status(400).send(NO_SERVICE_GIVEN);
				return;
			}
			const found = findContainer(status(), { appId, ...wanted });
			if (!found.ok) {
				response.status(404).send(found.message);
				return;
			}
			const force = isTruthy(fieldOf(request.body, 'force'));
			await actOnService(askedBy(operations, accessFor(response)), { action, container: found.container, force });
			response.send('OK');
		},
	};
}

function serviceIn(body: unknown): { readonly serviceName?: string; readonly imageId?: number } {
	const serviceName = parseText(fieldOf(body, 'serviceName'));
	const imageId = parseId(fieldOf(body, 'imageId'));
	return {
		...(serviceName === undefined ? {} : { serviceName }),
		...(imageId === undefined ? {} : { imageId }),
	};
}

function viewRoutes({ status, targetApps, ...options }: ApiOptions): readonly Route[] {
	const reasons = new ReasonViewer(options);
	return [
		{
			method: 'get',
			path: '/v2/applications/state',
			access: 'filtered',
			handle: async (_request, response) => {
				const seen = requireSeen(status());
				response.json(viewApplications(seen, await targetApps(), accessFor(response), reasons));
			},
		},
		{
			method: 'get',
			path: '/v2/applications/:appId/state',
			access: 'app',
			handle: (request, response) => {
				const given = String(request.params['appId']);
				const appId = parseId(given);
				if (appId === undefined) {
					response.status(400).json({ status: 'failed', message: `Invalid application ID: ${given}` });
					return;
				}
				const view = accessFor(response).covers(appId) ? viewAppState(requireSeen(status()), appId) : undefined;
				if (view === undefined) {
					response.status(409).json({ status: 'failed', message: `Application ID does not exist: ${appId}` });
				} else {
					response.json(view);
				}
			},
		},
	];
}
