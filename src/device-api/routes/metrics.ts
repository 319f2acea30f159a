import type { ApiOptions } from '../api-options.ts';
import { accessFor } from '../middleware.ts';
import type { Route } from '../route.ts';

/** For Prometheus (spec: v3-api 7). The engine is not asked. */
export const METRICS_PATH = '/metrics';

export function metricsRoutes(options: ApiOptions): readonly Route[] {
	return [
		{
			method: 'get',
			path: METRICS_PATH,
			access: 'filtered',
			handle: async (request, response) => {
				const access = accessFor(response);
				const { contentType, text } = await options.metrics.render(request.headers.accept, access);
				// As bytes: express would put the parameters of the type into another order.
				response.set('Content-Type', contentType).set('Vary', 'Accept').send(Buffer.from(text));
			},
		},
	];
}
