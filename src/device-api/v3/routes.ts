import type { Response } from 'express';
import { isClockUnset } from '../../host/index.ts';
import type { ApiOptions } from '../api-options.ts';
import { accessFor } from '../middleware.ts';
import { ProblemError } from '../problem.ts';
import type { Route } from '../route.ts';
import type { ExplainedApp } from './explained.ts';
import { Explanations } from './explanations.ts';
import type { V3Input } from './v3-input.ts';
import { viewApp } from './view-apps.ts';
import { viewDevice } from './view-device.ts';
import { viewImages } from './view-images.ts';

/** What is, and why (spec: v3-api 2, 3). No answer asks the engine. */
export function v3StateRoutes(options: ApiOptions): readonly Route[] {
	const explanations = new Explanations(options);
	const readInput = (): V3Input => ({
		status: options.status(),
		cloud: options.v3.cloudReasons(),
		requests: options.v3.openRequests(),
		isClockUnset: isClockUnset(options.v3.capabilities()),
	});
	return [...explainRoutes(explanations, readInput), ...deviceRoutes(options, explanations, readInput)];
}

function explainRoutes(explanations: Explanations, readInput: () => V3Input): readonly Route[] {
	return [
		{
			method: 'get',
			path: '/v3/status',
			access: 'filtered',
			handle: (_request, response) => {
				response.type('json').send(explanations.statusText(readInput(), accessFor(response)));
			},
		},
		{
			method: 'get',
			path: '/v3/explain',
			access: 'filtered',
			handle: (_request, response) => {
				response.type('json').send(explanations.deviceText(readInput(), accessFor(response)));
			},
		},
		{
			method: 'get',
			path: '/v3/explain/apps/:uuid',
			access: 'app',
			handle: ({ params }, response) => {
				const input = readInput();
				const { uuid } = requireApp(explanations.findApp(input, String(params['uuid'])), response);
				response.type('json').send(explanations.partText(input, accessFor(response), { uuid }));
			},
		},
		{
			method: 'get',
			path: '/v3/explain/apps/:uuid/services/:name',
			access: 'app',
			handle: ({ params }, response) => {
				const input = readInput();
				const { uuid } = requireApp(explanations.findApp(input, String(params['uuid'])), response);
				const service = String(params['name']);
				const text = explanations.partText(input, accessFor(response), { uuid, service });
				if (text === undefined) {
					throw new ProblemError({ status: 404, detail: 'The app has no such service' });
				}
				response.type('json').send(text);
			},
		},
	];
}

function deviceRoutes(
	{ status, targetApps, redact, v3 }: ApiOptions,
	explanations: Explanations,
	readInput: () => V3Input,
): readonly Route[] {
	const send = (response: Response, view: object) => {
		response.type('json').send(redact(JSON.stringify(view)));
	};
	const readHostApps = async () =>
		new Set((await targetApps()).filter(({ isHost }) => isHost).map(({ appUuid }) => appUuid));
	return [
		{
			method: 'get',
			path: '/v3/device',
			access: 'filtered',
			handle: async (_request, response) => {
				const [info, hostApps] = await Promise.all([v3.hostInfo(), readHostApps()]);
				const input = readInput();
				const facts = { input, apps: explanations.apps(input), info, capabilities: v3.capabilities(), hostApps };
				send(response, viewDevice(facts, accessFor(response)));
			},
		},
		{
			method: 'get',
			path: '/v3/device/images',
			access: 'filtered',
			handle: (_request, response) => {
				send(response, viewImages(status(), accessFor(response)));
			},
		},
		{
			method: 'get',
			path: '/v3/device/apps/:uuid',
			access: 'app',
			handle: async ({ params }, response) => {
				const input = readInput();
				const explained = requireApp(explanations.findApp(input, String(params['uuid'])), response);
				const hostApps = await readHostApps();
				// An app that was found is of a status.
				const view = input.status && viewApp({ status: input.status, explained, isHost: hostApps.has(explained.uuid) });
				send(response, view ?? {});
			},
		},
	];
}

/** An app that the key does not cover looks like one that does not exist. */
function requireApp(app: ExplainedApp | undefined, response: Response): ExplainedApp {
	if (app === undefined || !accessFor(response).covers(app.appId)) {
		throw new ProblemError({ status: 404, detail: 'There is no such app' });
	}
	return app;
}
