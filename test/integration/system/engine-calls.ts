import { request } from 'node:http';

interface EngineAnswer {
	readonly status: number;
	readonly body: unknown;
}

/** One call of the engine's API: the docker command does not support all calls, and takes longer than what is measured. */
export function callEngine(socketPath: string, method: string, path: string, body?: object): Promise<EngineAnswer> {
	return new Promise((resolve, reject) => {
		const headers = body === undefined ? {} : { 'content-type': 'application/json' };
		const call = request({ socketPath, path, method, headers, agent: false }, (response) => {
			let text = '';
			response.setEncoding('utf8').on('data', (part: string) => (text += part));
			response.on('error', reject);
			response.on('end', () => {
				const isJson = response.headers['content-type']?.includes('json') === true;
				resolve({ status: response.statusCode ?? 0, body: isJson ? JSON.parse(text) : text });
			});
		});
		call.on('error', reject);
		call.end(body === undefined ? undefined : JSON.stringify(body));
	});
}
