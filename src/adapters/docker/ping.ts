import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import type Docker from 'dockerode';

/**
 * Checks whether the engine answers, over its own connection: `agent: false` neither reuses a connection nor keeps one.
 */
export async function ping(target: Docker.DockerOptions, signal: AbortSignal): Promise<void> {
	const { protocol, socketPath, host, port } = target;
	const request = protocol === 'https' ? requestHttps : requestHttp;
	const place = socketPath === undefined ? { host, port } : { socketPath };
	await new Promise<void>((resolve, reject) => {
		const call = request({ ...place, path: '/_ping', agent: false, signal }, (answer) => {
			answer.resume();
			answer.once('end', resolve);
			answer.once('error', reject);
		});
		call.once('error', reject);
		call.end();
	});
}
