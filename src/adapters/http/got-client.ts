import type { LookupFunction } from 'node:net';
import got, { RequestError, TimeoutError, type NormalizedOptions, type OptionsInit, type PlainResponse } from 'got';
import { linkSignal } from '../../lib/link-signal.ts';
import { keepsKey } from './keeps-key.ts';
import { HttpError, type HttpClient, type HttpRequest, type HttpResponse } from '../../ports/http-client.ts';

const BODY_MAX_BYTES = 16 * 1024 * 1024;

export interface GotClientOptions {
	/** The lookup of names; without it that of Node. */
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
			responseType: 'buffer',
			throwHttpErrors: false,
			retry: { limit: 0 },
			followRedirect: (response) => isFollowed(request, response),
			maxRedirects: (request.redirectsMax ?? 0) + 1, // never reached: the supervisor's own code counts redirects
			methodRewriting: false,
			hooks: { beforeRedirect: [dropKeyElsewhere] },
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
			// requested above
			const body = response.body as Uint8Array;
			return { status: response.statusCode, headers: flattenHeaders(response.headers), ...decodeText(body) };
		} catch (error) {
			link.signal.throwIfAborted();
			throw toHttpError(error, url);
		} finally {
			link.unlink();
		}
	}
}

/** A redirect that is not followed is an answer. */
function isFollowed({ redirectsMax = 0, method }: HttpRequest, response: PlainResponse): boolean {
	const { statusCode, headers, redirectUrls } = response;
	const location = headers.location ?? '';
	const isWeb = URL.canParse(location, response.url) && isWebAddress(new URL(location, response.url));
	return isWeb && redirectUrls.length < redirectsMax && (statusCode !== 303 || method === 'GET');
}

/** The client itself compares hosts and ports only: it would send a key without TLS after such a redirect. */
function dropKeyElsewhere({ url, headers }: NormalizedOptions, response: PlainResponse): void {
	if (!(url instanceof URL) || !keepsKey(new URL(response.url), url)) {
		delete headers['authorization'];
	}
}

function isWebAddress({ protocol }: URL): boolean {
	return protocol === 'http:' || protocol === 'https:';
}

function decodeText(bytes: Uint8Array): Pick<HttpResponse, 'body' | 'isGarbled'> {
	try {
		return { body: new TextDecoder('utf-8', { fatal: true }).decode(bytes) };
	} catch {
		return { body: new TextDecoder().decode(bytes), isGarbled: true }; // a refusal is a refusal in any encoding
	}
}

function parseUrl(text: string): URL {
	try {
		return new URL(text);
	} catch (cause) {
		throw new HttpError('http-bad-url', `not a URL: ${text.slice(0, 200)}`, { cause });
	}
}

/** Messages name the host of the last request, never the query: it may contain a key. */
function toHttpError(error: unknown, asked: URL): unknown {
	if (error instanceof HttpError || !(error instanceof RequestError)) {
		return error;
	}
	const { host } = error.options.url instanceof URL ? error.options.url : asked;
	if (error instanceof TimeoutError) {
		return new HttpError('http-timeout', `${host} did not answer in time (${error.event})`, { cause: error });
	}
	// A redirect has an answer, but not the one that broke off.
	return error.response !== undefined && error.response.url === error.options.url?.toString()
		? new HttpError('http-broken', `the answer of ${host} broke off (${error.code})`, { cause: error })
		: new HttpError('http-unreachable', `cannot reach ${host} (${error.code})`, { cause: error });
}

function flattenHeaders(headers: NodeJS.Dict<string | string[]>): Record<string, string | undefined> {
	return Object.fromEntries(
		Object.entries(headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : value]),
	);
}
