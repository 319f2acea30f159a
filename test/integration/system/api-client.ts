import { request, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import { deviceApi } from '../../support/api-contract.ts';

export interface ApiAnswer {
	readonly status: number;
	readonly headers: IncomingHttpHeaders;
	readonly type: string | undefined;
	readonly text: string;
	/** Parses the body as JSON, with any content. */
	readonly json: unknown;
}

export interface ApiCall {
	readonly key?: string | undefined;
	/** Sent as JSON; a text as it is. */
	readonly body?: unknown;
	readonly headers?: Readonly<Record<string, string>>;
}

/** Each answer is held against docs/openapi.json. A client of the device API as plain as can be: nothing is encoded, followed, or kept open behind the test's back. */
export function apiClient(url: string): (method: string, path: string, call?: ApiCall) => Promise<ApiAnswer> {
	return async (method, path, call = {}) => {
		const response = await openStream(url, method, path, call);
		const chunks: Buffer[] = [];
		for await (const chunk of response) {
			chunks.push(chunk as Buffer); // no encoding is set
		}
		const text = Buffer.concat(chunks).toString();
		const { statusCode: status = 0, headers } = response;
		deviceApi.check({ method, path, status, headers, body: text });
		return {
			status,
			headers,
			type: headers['content-type'],
			text,
			get json() {
				return JSON.parse(text) as unknown;
			},
		};
	};
}

/** Resolves with the head of the answer. `destroy` is how the caller goes away. */
export function openStream(url: string, method: string, path: string, call: ApiCall = {}): Promise<IncomingMessage> {
	const { key, body, headers = {} } = call;
	const text = body === undefined || typeof body === 'string' ? body : JSON.stringify(body);
	const sent = request(new URL(url), {
		method,
		path,
		agent: false,
		headers: {
			...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
			...(text === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }),
			...headers,
		},
	});
	return new Promise((resolve, reject) => {
		sent.once('response', resolve);
		sent.once('error', reject);
		sent.end(text);
	});
}
