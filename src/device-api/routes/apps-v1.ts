import { shownContainers } from '../../application-manager/index.ts';
import type { ApiOptions } from '../api-options.ts';
import { fieldOf, isTruthy, parseInteger } from '../coerce.ts';
import { findContainer } from '../find-container.ts';
import { accessFor, isCovered } from '../middleware.ts';
import { actOnService, askedBy, currentApp, purgeApp, restartApp } from '../operations.ts';
import { requireSeen } from '../require-seen.ts';
import type { Route } from '../route.ts';
import { viewV1App } from '../views/v1-app.ts';

/** Apps in the first version of the API: those with one container (spec: device-api 4.7 to 4.10). */
export function appsV1Routes(options: ApiOptions): readonly Route[] {
	return [
		...operationRoutes(options),
		serviceRoute(options, 'start'),
		serviceRoute(options, 'stop'),
		viewRoute(options),
	];
}

function operationRoutes({ operations }: ApiOptions): readonly Route[] {
	return [
		{
			method: 'post',
			path: '/v1/restart',
			access: 'app',
			handle: async (request, response) => {
				const appId = parseInteger(fieldOf(request.body, 'appId'));
				if (appId === undefined) {
					response.status(400).send('Missing app id');
				} else if (isCovered(response, appId)) {
					await restartApp(askedBy(operations, accessFor(response)), appId, isTruthy(fieldOf(request.body, 'force')));
					response.send('OK');
				}
			},
		},
		{
			method: 'post',
			path: '/v1/purge',
			access: 'app',
			handle: async (request, response) => {
				const appId = parseInteger(fieldOf(request.body, 'appId'));
				if (appId === undefined) {
					response.status(400).send('Invalid or missing appId');
				} else if (isCovered(response, appId)) {
					await purgeApp(askedBy(operations, accessFor(response)), appId, isTruthy(fieldOf(request.body, 'force')));
					response.json({ Data: 'OK', Error: '' });
				}
			},
		},
	];
}

function serviceRoute({ operations, status }: ApiOptions, action: 'start' | 'stop'): Route {
	return {
		method: 'post',
		path: `/v1/apps/:appId/${action}`,
		access: 'app',
		handle: async (request, response) => {
			const appId = parseInteger(request.params['appId']);
			if (appId === undefined) {
				response.status(400).send('Invalid app id');
				return;
			}
			if (!accessFor(response).covers(appId)) {
				response.status(401).send('Unauthorized');
				return;
			}
			const found = findContainer(status(), { appId });
			if (!found.ok) {
				response.status(found.because === 'target' ? 404 : 400).send(found.message);
				return;
			}
			const { container } = found;
			await actOnService(askedBy(operations, accessFor(response)), {
				action,
				container,
				force: isTruthy(fieldOf(request.body, 'force')),
			});
			const [now] = shownContainers(currentApp(operations, appId).containers);
			response.json({ containerId: now?.containerId ?? container.containerId });
		},
	};
}

function viewRoute(options: ApiOptions): Route {
	return {
		method: 'get',
		path: '/v1/apps/:appId',
		access: 'app',
		handle: (request, response) => {
			const appId = parseInteger(request.params['appId']);
			if (appId === undefined) {
				response.status(400).send('Missing app id');
				return;
			}
			if (!accessFor(response).covers(appId)) {
				response.status(401).json({ status: 'failed', message: 'Application is not available' });
				return;
			}
			const view = viewV1App(requireSeen(options.status()), appId);
			if (view.ok) {
				response.json(view.app);
			} else {
				response.status(400).send(view.message);
			}
		},
	};
}
