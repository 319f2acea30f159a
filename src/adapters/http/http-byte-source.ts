import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { LookupFunction } from 'node:net';
import type { ByteAnswer, ByteSource } from '../../ports/byte-source.ts';
import { HttpError } from '../../ports/http-client.ts';
import type { GotClientOptions } from './got-client.ts';

/**
 * The client of Node: the other one would buffer unread bytes. The stream is read no faster than its reader uses it.
 */
export class HttpByteSource implements ByteSource {
	readonly #lookup: LookupFunction | undefined;

	constructor({ lookup }: Pick<GotClientOptions, 'lookup'> = {}) {
		this.#lookup = lookup;
	}

	open(
		{ url: address, from, timeoutMs }: { readonly url: string; readonly from: number; readonly timeoutMs: number },
		signal: AbortSignal,
	): Promise<ByteAnswer> {
		return new Promise((resolve, reject) => {
			signal.throwIfAborted();
			const url = parseUrl(address);
			const headers = from === 0 ? {} : { range: `bytes=${from}-` };
			const send = url.protocol === 'https:' ? httpsRequest : httpRequest;
			const request = send(url, {
				agent: false,
				lookup: this.#lookup,
				headers: { ...headers, 'accept-encoding': 'identity' },
			});
			const late = new HttpError('http-timeout', `${url.host} did not answer in time`);
			// Limits lookup, connection and first byte together; then the silence between two chunks.
			const timer = setTimeout(() => request.destroy(late), timeoutMs);
			const onAbort = () => {
				request.destroy(signal.reason as Error); // every abort reason here is an error
			};
			signal.addEventListener('abort', onAbort, { once: true });
			request.setTimeout(timeoutMs, () => request.destroy(late));
			request.once('close', () => {
				clearTimeout(timer);
				signal.removeEventListener('abort', onAbort);
			});
			request.on('error', (error) => {
				reject(signal.aborted ? error : toHttpError(error, url, 'unreachable'));
			});
			request.once('response', (response) => {
				clearTimeout(timer);
				response.on('error', () => undefined); // its reader gets the error
				resolve({
					status: response.statusCode ?? 0,
					headers: flatten(response),
					body: readBody(response, url, signal),
					close: () => {
						response.destroy();
					},
				});
			});
			request.end();
		});
	}
}

async function* readBody(response: IncomingMessage, url: URL, signal: AbortSignal): AsyncGenerator<Uint8Array> {
	try {
		for await (const chunk of response) {
			yield chunk as Uint8Array; // without an encoding chunks are always buffers
		}
	} catch (error) {
		signal.throwIfAborted();
		throw toHttpError(error, url, 'broken');
	}
}

function toHttpError(error: unknown, url: URL, how: 'unreachable' | 'broken'): Error {
	if (error instanceof HttpError) {
		return error;
	}
	const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
	return how === 'broken'
		? new HttpError('http-broken', `the answer of ${url.host} broke off (${code})`, { cause: error })
		: new HttpError('http-unreachable', `cannot reach ${url.host} (${code})`, { cause: error });
}

function flatten({ headers }: IncomingMessage): Record<string, string | undefined> {
	return Object.fromEntries(
		Object.entries(headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : value]),
	);
}

function parseUrl(text: string): URL {
	if (URL.canParse(text)) {
		const url = new URL(text);
		if (url.protocol === 'http:' || url.protocol === 'https:') {
			return url;
		}
	}
	throw new HttpError('http-bad-url', 'the delta server returned an invalid URL');
}
