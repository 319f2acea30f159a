import type { ControlClient } from '../../../../tools/cloud/control-client.ts';
import { createControlClient } from '../../../../tools/cloud/control-client.ts';
import type { CloudOptions, RunningCloud } from '../../../../tools/cloud/start-cloud.ts';
import { startCloud } from '../../../../tools/cloud/start-cloud.ts';
import type { Answer } from './recordings.ts';
import { send } from './recordings.ts';

export const UUID = 'a'.repeat(32);
export const KEY = 'k'.repeat(32);
export const FLEET_UUID = 'f'.repeat(32);
export const COMMIT = 'c'.repeat(32);
export const IMAGE = `registry.test/v2/web@sha256:${'1'.repeat(64)}`;

export interface Fixture {
	readonly cloud: RunningCloud;
	readonly client: ControlClient;
	/** As the device, with its key. */
	get(path: string, headers?: Readonly<Record<string, string>>): Promise<Answer>;
	patch(path: string, body: unknown): Promise<Answer>;
	poll(headers?: Readonly<Record<string, string>>): Promise<Answer>;
	report(fields: unknown): Promise<Answer>;
}

/** A cloud with one fleet, one release of one service, and one registered device. */
export async function startFixture(options: Partial<CloudOptions> = {}): Promise<Fixture> {
	const cloud = await startCloud({ port: 0, minimumPollIntervalMs: 3000, ...options });
	const client = createControlClient(cloud.url);
	const fleet = await client.createFleet({ name: 'weather', uuid: FLEET_UUID });
	await client.createRelease(fleet.id, {
		commit: COMMIT,
		composition: { services: { web: { build: '.', restart: 'always' } } },
		images: { web: IMAGE },
	});
	const fixture = useCloud(cloud);
	await send(cloud.url, {
		method: 'POST',
		path: '/device/register',
		headers: { authorization: `Bearer ${fleet.provisioningKey}`, 'content-type': 'application/json' },
		body: JSON.stringify({ application: fleet.id, uuid: UUID, device_type: fleet.deviceType, api_key: KEY }),
	});
	return fixture;
}

export function useCloud(cloud: RunningCloud): Fixture {
	const authorization = `Bearer ${KEY}`;
	const get: Fixture['get'] = (path, headers = {}) =>
		send(cloud.url, { method: 'GET', path, headers: { authorization, ...headers } });
	const patch: Fixture['patch'] = (path, body) =>
		send(cloud.url, {
			method: 'PATCH',
			path,
			headers: { authorization, 'content-type': 'application/json' },
			body: JSON.stringify(body),
		});
	return {
		cloud,
		client: createControlClient(cloud.url),
		get,
		patch,
		poll: (headers) => get(`/device/v3/${UUID}/state`, headers),
		report: (fields) => patch('/device/v3/state', { [UUID]: fields }),
	};
}
