import { Router } from 'express';
import { fieldOf, isTruthy } from '../coerce.ts';
import type { ApiOptions } from '../api-options.ts';
import { sendStatusText } from '../middleware.ts';
import { viewDevice } from '../views/device.ts';

export function v1Routes(options: ApiOptions): Router {
	const router = Router();

	router.post('/v1/update', async (request, response) => {
		const force = isTruthy(fieldOf(request.body, 'force'));
		const cancel = isTruthy(fieldOf(request.body, 'cancel'));
		if (await options.update({ force, cancel })) {
			response.status(204).end();
		} else {
			sendStatusText(response, 202);
		}
	});

	router.get('/v1/device', async (_request, response) => {
		response.json(viewDevice(options.status(), await options.facts()));
	});

	return router;
}
