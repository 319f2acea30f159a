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
	 * Default 0: a redirect is a plain answer, also one beyond the limit or to an invalid address. The method stays, so
	 * only a GET follows a 303. `Authorization` is dropped when the origin (protocol included) changes.
	 */
	readonly redirectsMax?: number;
	/** Longest accepted body; a longer one is an error. */
	readonly bodyMaxBytes?: number;
}

/** Any status is an answer. */
export interface HttpResponse {
	readonly status: number;
	/** Names in lower case. */
	readonly headers: Readonly<Record<string, string | undefined>>;
	readonly body: string;
	/** The body is not valid UTF-8: `body` has replacement characters. */
	readonly isGarbled?: boolean;
}

export interface HttpClient {
	/** Rejects with `HttpError` when there was no complete answer, or with the signal's reason. Never retries. */
	request(request: HttpRequest, signal: AbortSignal): Promise<HttpResponse>;
}

export type HttpErrorCode = 'http-timeout' | 'http-unreachable' | 'http-broken' | 'http-too-large' | 'http-bad-url';

export class HttpError extends OperationalError {
	declare readonly code: HttpErrorCode;

	constructor(code: HttpErrorCode, message: string, options: ErrorOptions = {}) {
		super(code, message, options);
	}
}
