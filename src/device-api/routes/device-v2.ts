import { Router } from 'express';
import type { ApiOptions } from '../api-options.ts';
import { accessFor } from '../middleware.ts';

/** What services ask about the device, and tell it (spec: device-api 5.7, 5.8, 5.12, 5.14, 5.16). */
export function v2Device(options: ApiOptions): Router {
	const router = Router();
	addContainerIds(router, options);
	addDeviceFacts(router, options);
	addTags(router, options);
	return router;
}

function addContainerIds(router: Router, options: ApiOptions): void {
	router.get('/v2/containerId', (request, response) => {
		const access = accessFor(response);
		const containers = (options.status()?.current?.apps ?? [])
			.flatMap((app) => app.containers)
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
	});
}

function addDeviceFacts(router: Router, options: ApiOptions): void {
	router.get('/v2/device/name', async (_request, response) => {
		response.json({ status: 'success', deviceName: await options.deviceName() });
	});

	router.get('/v2/local/device-info', async (_request, response) => {
		try {
			response.json({ status: 'success', info: await options.deviceInfo() });
		} catch (error) {
			response
				.status(500)
				.json({ status: 'failed', message: error instanceof Error ? error.message : 'Unknown error' });
		}
	});

	router.get('/v2/device/vpn', async (_request, response) => {
		response.json({ status: 'success', vpn: await options.vpn() });
	});
}

function addTags(router: Router, { tags: deviceTags }: ApiOptions): void {
	router.get('/v2/device/tags', async (_request, response) => {
		const answer = await deviceTags.list();
		if ('message' in answer) {
			response.status(500).json({ status: 'failed', message: answer.message });
		} else {
			response.json({ status: 'success', tags: answer.tags });
		}
	});

	router.patch('/v2/device/tags', async (request, response) => {
		const tags = readTags(request.body);
		if (typeof tags === 'string') {
			response.status(400).json({ status: 'failed', message: tags });
			return;
		}
		if (Object.keys(tags).length > 0) {
			await deviceTags.set(tags);
		}
		response.status(202).json({ status: 'success' });
	});
}

/** The tags, or what is wrong with them. */
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
