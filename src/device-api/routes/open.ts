import type { ApiOptions } from '../api-options.ts';
import { sendStatusText } from '../middleware.ts';
import type { Route } from '../route.ts';

/** Routes without a key (spec: device-api 4.1, 4.2). */
export function openRoutes(options: ApiOptions): readonly Route[] {
	return [
		{
			method: 'get',
			path: '/v1/healthy',
			access: 'open',
			handle: async (_request, response) => {
				if (await isHealthy(options)) {
					sendStatusText(response, 200);
				} else {
					response.status(500).send('Unhealthy');
				}
			},
		},
		{
			method: 'get',
			path: '/ping',
			access: 'open',
			handle: (_request, response) => {
				response.send('OK');
			},
		},
	];
}

async function isHealthy({ isHealthy: check, log }: ApiOptions): Promise<boolean> {
	try {
		if (await check()) {
			return true;
		}
		log.warn('Healthcheck failed');
	} catch (error) {
		log.warn('Healthcheck failed', { error: String(error) });
	}
	return false;
}
