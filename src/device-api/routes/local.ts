import type { LocalLogLine } from '../../domain/log-message.ts';
import { OperationalError } from '../../ports/operational-error.ts';
import type { ApiOptions } from '../api-options.ts';
import { fieldOf } from '../coerce.ts';
import type { Route } from '../route.ts';
import { sendStream } from '../send-stream.ts';
import { viewLocalTarget } from '../views/local-target.ts';

/** Text that clients know (spec: device-api 5.12). */
const TYPE_UNREADABLE = 'There was an error validating configuration input for key: deviceType, with value: undefined';

/** Routes for the command line of a developer on the local network (spec: device-api 5.10 to 5.13). */
export function localRoutes(options: ApiOptions): readonly Route[] {
	return [deviceInfoRoute(options), ...targetRoutes(options), logsRoute(options)];
}

function deviceInfoRoute(options: ApiOptions): Route {
	return {
		method: 'get',
		path: '/v2/local/device-info',
		access: 'key',
		handle: async (_request, response) => {
			try {
				response.json({ status: 'success', info: await options.deviceInfo() });
			} catch (error) {
				if (!(error instanceof OperationalError)) {
					throw error;
				}
				response.status(500).json({ status: 'failed', message: TYPE_UNREADABLE });
			}
		},
	};
}

function targetRoutes({ local, status }: ApiOptions): readonly Route[] {
	return [
		{
			method: 'get',
			path: '/v2/local/target-state',
			access: 'key',
			handle: async (_request, response) => {
				response.json({ status: 'success', state: viewLocalTarget(status(), await local.readTarget()) });
			},
		},
		{
			method: 'post',
			path: '/v2/local/target-state',
			access: 'key',
			handle: async (request, response) => {
				if (!(await local.isOn())) {
					const message = 'Target state can only set when device is in local mode';
					response.status(400).json({ status: 'failed', message });
					return;
				}
				// Only here `force` is not read as in all other places: clients depend on it.
				const force = Boolean(fieldOf(request.body, 'force'));
				const outcome = await local.setTarget(request.body, { force });
				if (outcome.stored) {
					response.json({ status: 'success', message: 'OK' });
				} else {
					const message = ['Invalid target state.', ...outcome.lines].join('\n');
					response.status(400).json({ status: 'failed', message });
				}
			},
		},
	];
}

function logsRoute({ local }: ApiOptions): Route {
	return {
		method: 'get',
		path: '/v2/local/logs',
		access: 'key',
		handle: (_request, response) => sendStream(response, (signal) => toLines(local.logs(signal))),
	};
}

async function* toLines(lines: AsyncIterable<LocalLogLine>): AsyncGenerator<string> {
	for await (const line of lines) {
		yield `${JSON.stringify(line)}\n`;
	}
}
