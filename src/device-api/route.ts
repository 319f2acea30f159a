import type { Request, RequestHandler, Response } from 'express';

/** Which callers may use a route (spec: device-api 2.8). Where no key is required, every caller may use every route. */
type RouteAccess =
	/** Without a key. */
	| 'open'
	/** With any known key. */
	| 'key'
	/** With a key that covers the app in the path or the body. */
	| 'app'
	/** With any key; the answer and the change are limited to what it covers. */
	| 'filtered';

export interface Route {
	readonly method: 'get' | 'post' | 'patch' | 'delete';
	/** With parameters in the form of express: `/v2/applications/:appId/state`. */
	readonly path: string;
	readonly access: RouteAccess;
	/** The body is ignored: a malformed one does no harm. */
	readonly ignoresBody?: true;
	/** Answers the request. The common handler answers errors. */
	readonly handle: (request: Request, response: Response) => void | Promise<void>;
}

/** For express, which passes a rejection to the common handler. */
export function handlerOf({ handle }: Route): RequestHandler {
	return (request, response) => handle(request, response);
}
