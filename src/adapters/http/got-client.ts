import type { LookupFunction } from 'node:net';
import got, { RequestError, TimeoutError, type OptionsInit } from 'got';
import { linkSignal } from '../../lib/link-signal.ts';
import { HttpError, type HttpClient, type HttpRequest, type HttpResponse } from '../../ports/http-client.ts';

const BODY_MAX_BYTES = 16 * 1024 * 1024;

export interface GotClientOptions {
	/** How names are looked up; without it as Node does. */
	readonly lookup?: LookupFunction;
}

export class GotClient implements HttpClient {
	readonly #lookup: LookupFunction | undefined;

	constructor({ lookup }: GotClientOptions = {}) {
		this.#lookup = lookup;
	}

	async request(request: HttpRequest, signal: AbortSignal): Promise<HttpResponse> {
		const url = parseUrl(request.url);
		const { timeoutMs } = request;
		const options: OptionsInit = {
			method: request.method,
			headers: { ...request.headers, ...(request.body === undefined ? {} : { 'content-type': 'application/json' }) },
			...(request.body === undefined ? {} : { body: JSON.stringify(request.body) }),
			responseType: 'text',
			throwHttpErrors: false,
			retry: { limit: 0 },
			followRedirect: (request.redirectsMax ?? 0) > 0,
			maxRedirects: request.redirectsMax ?? 0,
			dnsLookup: this.#lookup,
			timeout: {
				lookup: timeoutMs,
				connect: timeoutMs,
				secureConnect: timeoutMs,
				socket: timeoutMs,
				send: timeoutMs,
				response: timeoutMs,
			},
		};
		const link = linkSignal(signal);
		try {
			const pending = got(url, { ...options, signal: link.signal, isStream: false, resolveBodyOnly: false });
			const limit = request.bodyMaxBytes ?? BODY_MAX_BYTES;
			void pending.on('downloadProgress', ({ transferred }) => {
				if (transferred > limit) {
					link.abort(new HttpError('http-too-large', `the answer of ${url.host} is larger than ${limit} bytes`));
				}
			});
			const response = await pending;
			return { status: response.statusCode, headers: flattenHeaders(response.headers), body: String(response.body) };
		} catch (error) {
			link.signal.throwIfAborted();
			throw toHttpError(error, url);
		} finally {
			link.unlink();
		}
	}
}

function parseUrl(text: string): URL {
	try {
		return new URL(text);
	} catch (cause) {
		throw new HttpError('http-bad-url', `not a URL: ${text.slice(0, 200)}`, { cause });
	}
}

/** Messages name the host, never the query: it may hold a key. */
function toHttpError(error: unknown, url: URL): unknown {
	if (error instanceof HttpError || !(error instanceof RequestError)) {
		return error;
	}
	if (error instanceof TimeoutError) {
		return new HttpError('http-timeout', `${url.host} did not answer in time (${error.event})`, { cause: error });
	}
	const isBroken = error.code === 'ERR_BODY_PARSE_FAILURE' || error.response !== undefined;
	return isBroken
		? new HttpError('http-broken', `the answer of ${url.host} broke off (${error.code})`, { cause: error })
		: new HttpError('http-unreachable', `cannot reach ${url.host} (${error.code})`, { cause: error });
}

function flattenHeaders(headers: NodeJS.Dict<string | string[]>): Record<string, string | undefined> {
	return Object.fromEntries(
		Object.entries(headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : value]),
	);
}
