import express, { type Express } from 'express';
import type { ApiOptions } from './api-options.ts';
import { accessLog, authenticate, handleError, sendStatusText } from './middleware.ts';
import { v2Device } from './routes/device-v2.ts';
import { v1Operations } from './routes/operations-v1.ts';
import { v2Operations } from './routes/operations-v2.ts';
import { v1Routes } from './routes/v1.ts';
import { v2Routes } from './routes/v2.ts';

const BODY_MAX_BYTES = 10 * 1024 * 1024;

/** The pipeline in its order: log, open routes, key, bodies, routes, failures (spec: device-api 1.3). */
export function createApi(options: ApiOptions): Express {
	const api = express();
	api.disable('x-powered-by');
	api.use(accessLog(options.log, options.now));
	api.get('/v1/healthy', async (_request, response) => {
		if (await isHealthy(options)) {
			sendStatusText(response, 200);
		} else {
			response.status(500).send('Unhealthy');
		}
	});
	api.get('/ping', (_request, response) => {
		response.send('OK');
	});
	api.use(authenticate(options.authentication));
	api.use(express.urlencoded({ limit: BODY_MAX_BYTES, extended: true }));
	api.use(express.json({ limit: BODY_MAX_BYTES }));
	api.use(v1Routes(options));
	api.use(v1Operations(options));
	api.use(v2Routes(options));
	api.use(v2Operations(options));
	api.use(v2Device(options));
	api.use(handleError(options.log));
	return api;
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
