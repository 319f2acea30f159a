import type { Request, RequestHandler, Response } from 'express';

/** Who may call a route (spec: device-api 2.8). Where keys are not asked for at all, everybody may call every route. */
type RouteAccess =
	/** Without a key. */
	| 'open'
	/** With any key that we know. */
	| 'key'
	/** With a key that covers the app that the path or the body names. */
	| 'app'
	/** With any key; what it does not cover is not shown, and not touched. */
	| 'filtered';

export interface Route {
	readonly method: 'get' | 'post' | 'patch';
	/** With parameters as express writes them: `/v2/applications/:appId/state`. */
	readonly path: string;
	readonly access: RouteAccess;
	/** The body is not looked at: a malformed one does no harm. */
	readonly ignoresBody?: true;
	/** Answers. What it throws is answered by the common handler. */
	readonly handle: (request: Request, response: Response) => void | Promise<void>;
}

/** For express, which hands a rejection of it to the common handler. */
export function handlerOf({ handle }: Route): RequestHandler {
	return (request, response) => handle(request, response);
}
