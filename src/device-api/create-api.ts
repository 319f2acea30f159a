import express, { type Express } from 'express';
import type { ApiOptions } from './api-options.ts';
import { accessLog, authenticate, handleError, reportWork } from './middleware.ts';
import { refuseWebPages } from './refuse-web-pages.ts';
import { refuseUnknownV3 } from './problem.ts';
import { handlerOf, type Route } from './route.ts';
import { listRoutes } from './routes/list-routes.ts';

const BODY_MAX_BYTES = 10 * 1024 * 1024;

/** The handlers in their order: log, web pages, open routes, key, bodies, routes, failures (spec: device-api 1.3). */
export function createApi(options: ApiOptions): Express {
	const routes = listRoutes(options);
	const isOpen = ({ access }: Route) => access === 'open';
	const isWithoutBody = ({ ignoresBody }: Route) => ignoresBody === true;
	const api = express();
	api.disable('x-powered-by');
	api.use(accessLog(options.log, options.now, options.metrics.answered));
	api.use(reportWork(options.collectSoon));
	api.use(refuseWebPages(options.deviceNames));
	add(api, routes.filter(isOpen));
	api.use(authenticate(options.authentication));
	const others = routes.filter((route) => !isOpen(route));
	add(api, others.filter(isWithoutBody));
	api.use(express.urlencoded({ limit: BODY_MAX_BYTES, extended: true }));
	api.use(express.json({ limit: BODY_MAX_BYTES }));
	add(
		api,
		others.filter((route) => !isWithoutBody(route)),
	);
	api.use(refuseUnknownV3);
	api.use(handleError(options.log));
	return api;
}

function add(api: Express, routes: readonly Route[]): void {
	for (const route of routes) {
		api[route.method](route.path, handlerOf(route));
	}
}
