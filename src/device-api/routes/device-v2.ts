import { shownContainers } from '../../application-manager/index.ts';
import type { ApiOptions } from '../api-options.ts';
import { LastView } from '../last-view.ts';
import { accessFor } from '../middleware.ts';
import { requireSeen } from '../require-seen.ts';
import type { Route } from '../route.ts';
import { ReasonViewer } from '../views/reasons.ts';
import { viewState } from '../views/state.ts';

/** Routes by which services read and change the device (spec: device-api 5.6 to 5.9, 5.14, 5.16). */
export function deviceV2Routes(options: ApiOptions): readonly Route[] {
	return [...stateRoutes(options), ...factRoutes(options), ...tagRoutes(options)];
}

function stateRoutes({ status, ...options }: ApiOptions): readonly Route[] {
	const reasons = new ReasonViewer(options);
	const state = new LastView((latest, access) => viewState(latest, access, reasons));
	return [
		{
			method: 'get',
			path: '/v2/state/status',
			access: 'filtered',
			handle: (_request, response) => {
				response.type('json').send(state.textFor(status(), accessFor(response)));
			},
		},
		{
			method: 'get',
			path: '/v2/containerId',
			access: 'filtered',
			handle: (request, response) => {
				const access = accessFor(response);
				const containers = (requireSeen(status())?.current?.apps ?? [])
					.flatMap((app) => shownContainers(app.containers))
					.filter((container) => access.covers(container.appId));
				const name = request.query['serviceName'] ?? request.query['service'];
				if (name === undefined) {
					const services = Object.fromEntries(containers.map((c) => [c.serviceName, c.containerId]));
					response.json({ status: 'success', services });
					return;
				}
				const found = containers.find((container) => container.serviceName === name);
				if (found === undefined) {
					response.status(503).json({ status: 'failed', message: 'Could not find service with that name' });
				} else {
					response.json({ status: 'success', containerId: found.containerId });
				}
			},
		},
	];
}

function factRoutes(options: ApiOptions): readonly Route[] {
	return [
		{
			method: 'get',
			path: '/v2/version',
			access: 'key',
			handle: async (_request, response) => {
				const { version } = await options.facts();
				response.json({ status: 'success', version });
			},
		},
		{
			method: 'get',
			path: '/v2/device/name',
			access: 'key',
			handle: async (_request, response) => {
				response.json({ status: 'success', deviceName: await options.deviceName() });
			},
		},
		{
			method: 'get',
			path: '/v2/device/vpn',
			access: 'key',
			handle: async (_request, response) => {
				response.json({ status: 'success', vpn: await options.vpn() });
			},
		},
	];
}

function tagRoutes({ tags: deviceTags }: ApiOptions): readonly Route[] {
	return [
		{
			method: 'get',
			path: '/v2/device/tags',
			access: 'key',
			handle: async (_request, response) => {
				const answer = await deviceTags.list();
				if ('message' in answer) {
					response.status(500).json({ status: 'failed', message: answer.message });
				} else {
					response.json({ status: 'success', tags: answer.tags });
				}
			},
		},
		{
			method: 'patch',
			path: '/v2/device/tags',
			access: 'key',
			handle: async (request, response) => {
				const tags = readTags(request.body);
				if (typeof tags === 'string') {
					response.status(400).json({ status: 'failed', message: tags });
					return;
				}
				if (Object.keys(tags).length > 0) {
					await deviceTags.set(tags);
				}
				response.status(202).json({ status: 'success' });
			},
		},
	];
}

/** The tags, or the problem with them. */
function readTags(body: unknown): Readonly<Record<string, string>> | string {
	const tags: Record<string, string> = {};
	for (const [key, value] of Object.entries(body ?? {})) {
		if (typeof value !== 'string') {
			return 'Invalid tags body, must be an object like `{[tagKey: string]: string}`';
		}
		if (/\s/.test(key)) {
			return 'Tag keys cannot contain whitespace';
		}
		tags[key] = value;
	}
	return tags;
}
