import { request } from 'node:http';
import type { RequestOptions } from 'node:http';

const TIMEOUT_MS = 10_000;

interface JsonReply {
	readonly status: number;
	/** The decoded body, or its text where it is not JSON. */
	readonly body: unknown;
}

/** One request, over a port or a Unix socket. Resolves to undefined without an answer. */
export function requestJson(
	address: Pick<RequestOptions, 'socketPath' | 'host' | 'port'>,
	call: {
		readonly method?: string;
		readonly path: string;
		readonly body?: object;
		readonly headers?: Readonly<Record<string, string>>;
	},
): Promise<JsonReply | undefined> {
	return new Promise((done) => {
		const text = call.body === undefined ? undefined : JSON.stringify(call.body);
		const headers = { ...call.headers, ...(text === undefined ? {} : { 'content-type': 'application/json' }) };
		const options = { ...address, method: call.method ?? 'GET', path: call.path, headers, timeout: TIMEOUT_MS };
		const sent = request(options, (response) => {
			const chunks: Buffer[] = [];
			response.on('data', (chunk: Buffer) => chunks.push(chunk));
			response.on('error', () => done(undefined));
			response.on('end', () => {
				done({ status: response.statusCode ?? 0, body: decode(Buffer.concat(chunks).toString()) });
			});
		});
		sent.on('timeout', () => sent.destroy());
		sent.on('error', () => done(undefined));
		sent.end(text);
	});
}

function decode(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch {
		return text;
	}
}
