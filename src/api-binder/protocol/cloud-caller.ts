import { linkSignal } from '../../lib/link-signal.ts';
import type { Clock } from '../../ports/clock.ts';
import { HttpError, type HttpClient, type HttpRequest, type HttpResponse } from '../../ports/http-client.ts';
import { classifyStatus, retryAfterMs, type CloudProblem } from './cloud-problem.ts';

export interface CloudCallerOptions {
	readonly http: HttpClient;
	readonly clock: Clock;
	/** `userAgentOf(facts)`. */
	readonly userAgent: () => string;
}

/** Where a call goes and with which key. Read from the settings for every call. */
export interface CloudAccess {
	readonly endpoint: string;
	readonly key: string;
	readonly timeoutMs: number;
}

/** Answers of which we read an id or nothing. */
const ANSWER_BYTES_MAX = 1024 * 1024;

/** What all calls to the cloud share: identification and timeouts (spec: cloud-api 1.3, 1.4). */
export class CloudCaller {
	readonly #options: CloudCallerOptions;

	constructor(options: CloudCallerOptions) {
		this.#options = options;
	}

	request(access: CloudAccess, method: HttpRequest['method'], url: string): HttpRequest {
		return {
			method,
			url,
			headers: this.headers(`Bearer ${access.key}`),
			timeoutMs: access.timeoutMs,
			bodyMaxBytes: ANSWER_BYTES_MAX,
		};
	}

	headers(authorization: string): Readonly<Record<string, string>> {
		return {
			'user-agent': this.#options.userAgent(),
			accept: 'application/json',
			'accept-encoding': 'gzip, deflate',
			authorization,
		};
	}

	/** The client's timeouts are for each phase; this one is for the whole call. */
	async call(deadlineMs: number, request: HttpRequest, signal: AbortSignal): Promise<HttpResponse> {
		const call = linkSignal(signal);
		const timer = linkSignal(signal);
		void this.#options.clock.sleep(deadlineMs, timer.signal).then(() => {
			if (!timer.signal.aborted) {
				call.abort(new HttpError('http-timeout', `${hostOf(request.url)} took longer than ${deadlineMs} ms`));
			}
		});
		try {
			return await this.#options.http.request(request, call.signal);
		} finally {
			timer.abort();
			timer.unlink();
			call.unlink();
		}
	}
}

/** A path of the endpoint is dropped (spec: cloud-api 1.2). */
export function joinAbsolute(endpoint: string, path: string): string {
	try {
		return new URL(path, endpoint).href;
	} catch (cause) {
		throw new HttpError('http-bad-url', `the API endpoint is not a URL: ${endpoint.slice(0, 200)}`, { cause });
	}
}

export function joinPlain(endpoint: string, path: string): string {
	return endpoint + path;
}

function hostOf(url: string): string {
	return URL.canParse(url) ? new URL(url).host : 'the cloud';
}

export function parseJson(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch {
		return undefined; // the callers report what they expected
	}
}

/** `undefined` for what is not JSON in UTF-8, too. */
export function readJson({ body, isGarbled }: HttpResponse): unknown {
	return isGarbled === true ? undefined : parseJson(body);
}

export function isSuccess({ status }: HttpResponse): boolean {
	return status >= 200 && status <= 299;
}

/**
 * For calls whose answer holds nothing that is used: the cloud says nothing, or JSON. A page is of a portal, which has not
 * handed on what we said.
 */
export function isDone(response: HttpResponse): boolean {
	return isSuccess(response) && !isPage(response);
}

/** Why it was not done. */
export function classifyUndone(response: HttpResponse): CloudProblem {
	return isSuccess(response) && isPage(response) ? garbage(response, 'a page') : classifyStatus(response);
}

function isPage({ body }: HttpResponse): boolean {
	return /^\s*</.test(body);
}

export function garbage(response: HttpResponse, detail: string): CloudProblem {
	const wait = retryAfterMs(response);
	return {
		kind: 'problem',
		problem: 'garbage',
		status: response.status,
		detail,
		...(wait === undefined ? {} : { retryAfterMs: wait }),
	};
}
