import { Router } from 'express';
import type { ApiOptions } from '../api-options.ts';
import { fieldOf, isTruthy, parseId, parseText } from '../coerce.ts';
import { findContainer, NO_SERVICE_GIVEN } from '../find-container.ts';
import { accessFor, sendStatusText } from '../middleware.ts';
import { actOnService, cleanUpVolumes, purgeApp, restartApp } from '../operations.ts';
import { viewAppState } from '../views/app-state.ts';
import { isCovered } from './operations-v1.ts';

/** Operations of the second version of the API (spec: device-api 5). */
export function v2Operations(options: ApiOptions): Router {
	const router = Router();
	addAppOperations(router, options);
	addServiceOperations(router, options);
	addAppState(router, options);
	return router;
}

function addAppOperations(router: Router, { operations }: ApiOptions): void {
	for (const [name, operate] of [
		['restart', restartApp],
		['purge', purgeApp],
	] as const) {
		router.post(`/v2/applications/:appId/${name}`, async (request, response) => {
			const appId = parseId(request.params['appId']);
			if (appId === undefined) {
				response.status(400).json({ status: 'failed', message: 'Missing app id' });
			} else if (isCovered(response, appId)) {
				await operate(operations, appId, isTruthy(fieldOf(request.body, 'force')));
				sendStatusText(response, 200);
			}
		});
	}
}

function addServiceOperations(router: Router, { operations, status }: ApiOptions): void {
	for (const action of ['restart', 'stop', 'start'] as const) {
		router.post(`/v2/applications/:appId/${action}-service`, async (request, response) => {
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
				response.status(400).type('text/plain').send(NO_SERVICE_GIVEN);
				return;
			}
			const found = findContainer(status(), { appId, ...wanted });
			if (!found.ok) {
				response.status(404).type('text/plain').send(found.message);
				return;
			}
			const force = isTruthy(fieldOf(request.body, 'force'));
			await actOnService(operations, { action, container: found.container, force });
			sendStatusText(response, 200);
		});
	}
}

function addAppState(router: Router, { operations, status }: ApiOptions): void {
	router.get('/v2/applications/:appId/state', (request, response) => {
		const given = request.params.appId;
		const appId = parseId(given);
		if (appId === undefined) {
			response.status(400).json({ status: 'failed', message: `Invalid application ID: ${given}` });
			return;
		}
		const view = accessFor(response).covers(appId) ? viewAppState(status(), appId) : undefined;
		if (view === undefined) {
			response.status(409).json({ status: 'failed', message: `Application ID does not exist: ${appId}` });
		} else {
			response.json(view);
		}
	});

	router.get('/v2/cleanup-volumes', async (_request, response) => {
		const access = accessFor(response);
		await cleanUpVolumes(operations, (appId) => access.covers(appId));
		response.json({ status: 'success' });
	});
}

function serviceIn(body: unknown): { readonly serviceName?: string; readonly imageId?: number } {
	const serviceName = parseText(fieldOf(body, 'serviceName'));
	const imageId = parseId(fieldOf(body, 'imageId'));
	return {
		...(serviceName === undefined ? {} : { serviceName }),
		...(imageId === undefined ? {} : { imageId }),
	};
}
