import type { ApiOptions } from '../api-options.ts';
import { OperationalError } from '../../ports/operational-error.ts';
import type { Route } from '../route.ts';

/** The description of the API: docs/openapi.json. Read at each request, so that it uses no memory otherwise. */
export function documentRoutes(options: ApiOptions): readonly Route[] {
	return [
		{
			method: 'get',
			path: '/openapi.json',
			access: 'key',
			handle: async (_request, response) => {
				response.type('json').send(await readDocument(options));
			},
		},
	];
}

async function readDocument(options: ApiOptions): Promise<string> {
	try {
		return await options.readDocument();
	} catch (cause) {
		if (!(cause instanceof OperationalError)) {
			throw cause;
		}
		throw new OperationalError('document-missing', `The OpenAPI document is missing: ${cause.message}`, { cause });
	}
}
