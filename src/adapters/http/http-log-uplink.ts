import { request as httpRequest, type ClientRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { LookupFunction, Socket } from 'node:net';
import { constants, createGzip, type Gzip } from 'node:zlib';
import { HttpError } from '../../ports/http-client.ts';
import type { LogConnection, LogConnectionEnd, LogTarget, LogUplink } from '../../ports/log-uplink.ts';

interface HttpLogUplinkOptions {
	/** Limit until the connection is open. */
	readonly connectTimeoutMs: number;
	/** The lookup of names; without it that of Node. */
	readonly lookup?: LookupFunction;
}

/** Detects a peer that has disappeared silently, also while there is nothing to send. */
const KEEP_ALIVE_MS = 15_000;

/**
 * A request with a long body, over its own connection. It trusts the same additional certificates as the rest of the
 * process: NODE_EXTRA_CA_CERTS.
 */
export class HttpLogUplink implements LogUplink {
	readonly #connectTimeoutMs: number;
	readonly #lookup: LookupFunction | undefined;

	constructor({ connectTimeoutMs, lookup }: HttpLogUplinkOptions) {
		this.#connectTimeoutMs = connectTimeoutMs;
		this.#lookup = lookup;
	}

	open({ url: address, deviceApiKey }: LogTarget, signal: AbortSignal): Promise<LogConnection> {
		return new Promise((resolve, reject) => {
			signal.throwIfAborted();
			const url = parseUrl(address);
			const isSecure = url.protocol === 'https:';
			const request = (isSecure ? httpsRequest : httpRequest)(url, {
				method: 'POST',
				agent: false,
				lookup: this.#lookup,
				headers: {
					Authorization: `Bearer ${deviceApiKey}`,
					'Content-Type': 'application/x-ndjson',
					'Content-Encoding': 'gzip',
				},
			});
			const fail = (error: Error) => {
				settle();
				request.destroy();
				reject(error);
			};
			const onAbort = () => {
				fail(signal.reason as Error); // every abort reason here is an error
			};
			const timer = setTimeout(() => {
				fail(new HttpError('http-timeout', `${url.host} did not answer in time (connect)`));
			}, this.#connectTimeoutMs);
			const onError = (cause: Error) => {
				fail(new HttpError('http-unreachable', `cannot reach ${url.host} (${codeOf(cause)})`, { cause }));
			};
			const settle = () => {
				clearTimeout(timer);
				signal.removeEventListener('abort', onAbort);
				request.off('error', onError);
				request.on('error', () => undefined); // the owner of the connection listens for its end
			};
			signal.addEventListener('abort', onAbort, { once: true });
			request.on('error', onError);
			request.once('socket', (socket: Socket) => {
				socket.setKeepAlive(true, KEEP_ALIVE_MS);
				socket.once(isSecure ? 'secureConnect' : 'connect', () => {
					settle();
					resolve(new HttpLogConnection(request, url.host));
				});
			});
			request.flushHeaders();
		});
	}
}

class HttpLogConnection implements LogConnection {
	readonly over: Promise<LogConnectionEnd>;
	readonly #request: ClientRequest;
	readonly #gzip: Gzip = createGzip();
	/** Chunks that the system has not accepted yet. */
	#pending = 0;
	#isFlushed = true;
	#isOver = false;
	/** Resolves the call to `write` that waits. */
	#done: (() => void) | undefined;

	constructor(request: ClientRequest, host: string) {
		this.#request = request;
		this.over = new Promise((resolve) => {
			const broken = (cause?: Error) => {
				const why = cause === undefined ? 'closed' : codeOf(cause);
				const error = new HttpError('http-broken', `the log stream to ${host} broke off (${why})`, { cause });
				resolve({ kind: 'broken', error });
			};
			request.once('response', (response) => {
				response.on('error', () => undefined).resume();
				resolve({ kind: 'answered', status: response.statusCode ?? 0 });
			});
			request.once('error', broken);
			request.once('close', () => {
				broken();
			});
		});
		void this.over.then(() => {
			this.#isOver = true;
			this.#done?.();
		});
		this.#gzip.on('error', () => undefined); // it only says that the stream was destroyed
		this.#gzip.on('data', (chunk: Buffer) => {
			this.#pending += 1;
			request.write(chunk, () => {
				this.#pending -= 1;
				this.#finishWrite();
			});
		});
		this.#gzip.once('end', () => {
			request.end();
		});
	}

	write(lines: string): Promise<void> {
		if (this.#isOver || this.#gzip.destroyed || this.#request.destroyed) {
			return Promise.resolve();
		}
		return new Promise((resolve) => {
			this.#isFlushed = false;
			this.#done = resolve;
			this.#gzip.write(lines);
			this.#gzip.flush(constants.Z_SYNC_FLUSH, () => {
				this.#isFlushed = true;
				this.#finishWrite();
			});
		});
	}

	end(): void {
		if (!this.#gzip.destroyed) {
			this.#gzip.end();
		}
	}

	destroy(): void {
		this.#gzip.destroy();
		this.#request.destroy();
	}

	#finishWrite(): void {
		if (this.#isFlushed && this.#pending === 0) {
			this.#done?.();
			this.#done = undefined;
		}
	}
}

function parseUrl(text: string): URL {
	if (URL.canParse(text)) {
		const url = new URL(text);
		if (url.protocol === 'http:' || url.protocol === 'https:') {
			return url;
		}
	}
	throw new HttpError('http-bad-url', `not a URL to send logs to: ${text.slice(0, 200)}`);
}

function codeOf(error: Error): string {
	return 'code' in error && typeof error.code === 'string' ? error.code : error.message;
}
