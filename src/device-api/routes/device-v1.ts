import type { ApiOptions } from '../api-options.ts';
import { fieldOf, isTruthy } from '../coerce.ts';
import { describeFailure } from '../describe-failure.ts';
import { accessFor, sendStatusText } from '../middleware.ts';
import { askedBy, shutDown } from '../operations.ts';
import type { Route } from '../route.ts';
import { viewDevice } from '../views/device.ts';

/** The device in the first version of the API (spec: device-api 4.3 to 4.6, 4.11). */
export function deviceV1Routes(options: ApiOptions): readonly Route[] {
	return [
		{
			method: 'post',
			path: '/v1/blink',
			access: 'key',
			ignoresBody: true,
			handle: (_request, response) => {
				options.blink();
				sendStatusText(response, 200);
			},
		},
		{
			method: 'post',
			path: '/v1/regenerate-api-key',
			access: 'key',
			ignoresBody: true,
			handle: async (request, response) => {
				const key = await options.regenerateKey(request.url, request.headers);
				if (key === undefined) {
					response.status(503).json({ status: 'failed', message: '' });
				} else {
					response.send(key);
				}
			},
		},
		{
			method: 'post',
			path: '/v1/update',
			access: 'key',
			handle: async (request, response) => {
				const force = isTruthy(fieldOf(request.body, 'force'));
				if (await options.update({ force })) {
					response.status(204).end();
				} else {
					sendStatusText(response, 202);
				}
			},
		},
		powerRoute(options, 'reboot'),
		powerRoute(options, 'shutdown'),
		{
			method: 'get',
			path: '/v1/device',
			access: 'key',
			handle: async (_request, response) => {
				response.json(viewDevice(options.status(), await options.facts()));
			},
		},
	];
}

function powerRoute({ operations }: ApiOptions, kind: 'reboot' | 'shutdown'): Route {
	return {
		method: 'post',
		path: `/v1/${kind}`,
		access: 'key',
		handle: async (request, response) => {
			try {
				await shutDown(askedBy(operations, accessFor(response)), kind, isTruthy(fieldOf(request.body, 'force')));
				response.status(202).json({ Data: 'OK', Error: null });
			} catch (error) {
				const { status, message } = describeFailure(error, 500);
				response.status(status).json({ Data: '', Error: message });
			}
		},
	};
}
