import { Router, type Response } from 'express';
import type { ApiOptions } from '../api-options.ts';
import { fieldOf, isTruthy, parseId } from '../coerce.ts';
import { findContainer } from '../find-container.ts';
import { accessFor, sendStatusText } from '../middleware.ts';
import { actOnService, currentApp, goDown, purgeApp, restartApp } from '../operations.ts';
import { viewV1App } from '../views/v1-app.ts';
import { OperationalError } from '../../ports/operational-error.ts';

/** Operations of the first version of the API (spec: device-api 4). */
export function v1Operations(options: ApiOptions): Router {
	const router = Router();
	addKeyAndLamp(router, options);
	addPower(router, options);
	addAppOperations(router, options);
	addServiceOperations(router, options);
	addAppView(router, options);
	return router;
}

function addKeyAndLamp(router: Router, options: ApiOptions): void {
	router.post('/v1/blink', (_request, response) => {
		options.blink();
		sendStatusText(response, 200);
	});

	router.post('/v1/regenerate-api-key', async (request, response) => {
		const key = await options.regenerateKey(request.url, request.headers);
		if (key === undefined) {
			response.status(503).json({ status: 'failed', message: '' });
		} else {
			response.send(key);
		}
	});
}

function addPower(router: Router, { operations }: ApiOptions): void {
	for (const kind of ['reboot', 'shutdown'] as const) {
		router.post(`/v1/${kind}`, async (request, response) => {
			try {
				await goDown(operations, kind, isTruthy(fieldOf(request.body, 'force')));
				response.status(202).json({ Data: 'OK', Error: null });
			} catch (error) {
				if (!(error instanceof OperationalError)) {
					throw error;
				}
				const status = error.code === 'updates-locked' ? 423 : 500;
				response.status(status).json({ Data: '', Error: error.message });
			}
		});
	}
}

function addAppOperations(router: Router, { operations }: ApiOptions): void {
	router.post('/v1/restart', async (request, response) => {
		const appId = parseId(fieldOf(request.body, 'appId'));
		if (appId === undefined) {
			response.status(400).type('text/plain').send('Missing app id');
		} else if (isCovered(response, appId)) {
			await restartApp(operations, appId, isTruthy(fieldOf(request.body, 'force')));
			sendStatusText(response, 200);
		}
	});

	router.post('/v1/purge', async (request, response) => {
		const appId = parseId(fieldOf(request.body, 'appId'));
		if (appId === undefined) {
			response.status(400).type('text/plain').send('Invalid or missing appId');
		} else if (isCovered(response, appId)) {
			await purgeApp(operations, appId, isTruthy(fieldOf(request.body, 'force')));
			response.json({ Data: 'OK', Error: '' });
		}
	});
}

function addServiceOperations(router: Router, { operations, status }: ApiOptions): void {
	for (const action of ['start', 'stop'] as const) {
		router.post(`/v1/apps/:appId/${action}`, async (request, response) => {
			const appId = parseId(request.params['appId']);
			if (appId === undefined) {
				response.status(400).type('text/plain').send('Invalid app id');
				return;
			}
			if (!accessFor(response).covers(appId)) {
				sendStatusText(response, 401);
				return;
			}
			const found = findContainer(status(), { appId });
			if (!found.ok) {
				response
					.status(found.because === 'target' ? 404 : 400)
					.type('text/plain')
					.send(found.message);
				return;
			}
			const { container } = found;
			await actOnService(operations, { action, container, force: isTruthy(fieldOf(request.body, 'force')) });
			const [now] = currentApp(operations, appId).containers;
			response.json({ containerId: now?.containerId ?? container.containerId });
		});
	}
}

function addAppView(router: Router, options: ApiOptions): void {
	router.get('/v1/apps/:appId', (request, response) => {
		const appId = parseId(request.params.appId);
		if (appId === undefined) {
			response.status(400).type('text/plain').send('Missing app id');
			return;
		}
		if (!accessFor(response).covers(appId)) {
			response.status(401).json({ status: 'failed', message: 'Application is not available' });
			return;
		}
		const view = viewV1App(options.status(), appId);
		if (view.ok) {
			response.json(view.app);
		} else {
			response.status(400).type('text/plain').send(view.message);
		}
	});
}

/** Answers the request if the caller's key does not cover the app. */
export function isCovered(response: Response, appId: number): boolean {
	const isAllowed = accessFor(response).covers(appId);
	if (!isAllowed) {
		response.status(401).json({ status: 'failed', message: 'Unauthorized' });
	}
	return isAllowed;
}
