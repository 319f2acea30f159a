import { decodeHostConfig } from '../../host/index.ts';
import type { ApiOptions } from '../api-options.ts';
import { fieldOf, isTruthy } from '../coerce.ts';
import { describeFailure } from '../describe-failure.ts';
import { accessFor } from '../middleware.ts';
import { askedBy, changeHost } from '../operations.ts';
import type { Route } from '../route.ts';

const MALFORMED = 'Could not parse host config input to a valid format:';

/** Name and proxy of the host (spec: device-api 4.12, 4.13). The answer to a change is plain text. */
export function hostConfigRoutes({ operations, hostConfig, log }: ApiOptions): readonly Route[] {
	return [
		{
			method: 'get',
			path: '/v1/device/host-config',
			access: 'key',
			handle: async (_request, response) => {
				response.json({ network: await hostConfig() });
			},
		},
		{
			method: 'patch',
			path: '/v1/device/host-config',
			access: 'key',
			handle: async (request, response) => {
				const decoded = decodeHostConfig(request.body);
				if (!decoded.ok) {
					response.status(400).send([MALFORMED, ...decoded.issues.map(({ message }) => message)].join('\n'));
					return;
				}
				for (const warning of decoded.value.warnings) {
					log.warn(warning);
				}
				try {
					await changeHost(
						askedBy(operations, accessFor(response)),
						decoded.value.change,
						isTruthy(fieldOf(request.body, 'force')),
					);
					response.send('OK');
				} catch (error) {
					const { status, message } = describeFailure(error, 503);
					response.status(status).send(message);
				}
			},
		},
	];
}
