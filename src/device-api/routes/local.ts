import type { ApiOptions } from '../api-options.ts';
import type { Route } from '../route.ts';

/** What a developer's command line asks for on the local network (spec: device-api 5.10 to 5.13). */
export function localRoutes(options: ApiOptions): readonly Route[] {
	return [
		{
			method: 'get',
			path: '/v2/local/device-info',
			access: 'key',
			handle: async (_request, response) => {
				try {
					response.json({ status: 'success', info: await options.deviceInfo() });
				} catch (error) {
					response
						.status(500)
						.json({ status: 'failed', message: error instanceof Error ? error.message : 'Unknown error' });
				}
			},
		},
	];
}
