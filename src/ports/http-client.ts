import { OperationalError } from './operational-error.ts';

export interface HttpRequest {
	readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
	readonly url: string;
	readonly headers: Readonly<Record<string, string>>;
	/** Sent as JSON. */
	readonly body?: unknown;
	/** For each phase: lookup, connect, TLS, send, first byte, silence. */
	readonly timeoutMs: number;
	/**
	 * Default 0: a redirect is an answer like any other, as is one too many, or to what is no web address. The method
	 * stays, so a 303 is followed by a GET alone. `Authorization` is dropped when the origin (protocol included) changes.
	 */
	readonly redirectsMax?: number;
	/** Longest body that is read; more is an error. */
	readonly bodyMaxBytes?: number;
}

/** Any status is an answer. */
export interface HttpResponse {
	readonly status: number;
	/** Names in lower case. */
	readonly headers: Readonly<Record<string, string | undefined>>;
	readonly body: string;
	/** The body is not UTF-8: what is no character is replaced in `body`. */
	readonly isGarbled?: boolean;
}

export interface HttpClient {
	/** Rejects with `HttpError` when there was no complete answer, or with the signal's reason. Never retries. */
	request(request: HttpRequest, signal: AbortSignal): Promise<HttpResponse>;
}

export type HttpErrorCode = 'http-timeout' | 'http-unreachable' | 'http-broken' | 'http-too-large' | 'http-bad-url';

export class HttpError extends OperationalError {
	declare readonly code: HttpErrorCode;

	constructor(code: HttpErrorCode, message: string, options: { readonly cause?: unknown } = {}) {
		super(code, message, options);
	}
}
