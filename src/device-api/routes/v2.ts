import { Router } from 'express';
import type { ApiOptions } from '../api-options.ts';
import { accessFor } from '../middleware.ts';
import { viewApplications } from '../views/applications.ts';
import { viewState } from '../views/state.ts';

export function v2Routes(options: ApiOptions): Router {
	const router = Router();

	router.get('/v2/version', async (_request, response) => {
		const { version } = await options.facts();
		response.json({ status: 'success', version });
	});

	router.get('/v2/state/status', (_request, response) => {
		response.json(viewState(options.status(), accessFor(response)));
	});

	router.get('/v2/applications/state', async (_request, response) => {
		response.json(viewApplications(options.status(), await options.targetApps(), accessFor(response)));
	});

	return router;
}
