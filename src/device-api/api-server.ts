import { createServer, type Server } from 'node:http';
import type { Express } from 'express';
import { WakeSignal } from '../lib/wake-signal.ts';
import { waitFor } from '../lib/wait-for.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import { OperationalError } from '../ports/operational-error.ts';
import { ConnectionLimit } from './connection-limit.ts';

interface ApiServerOptions {
	readonly api: Express;
	/** Read at start. With `host` the server listens on that address only. */
	readonly address: () => Promise<{ readonly port: number; readonly host?: string; readonly socketTimeoutMs: number }>;
	readonly clock: Clock;
	readonly log: Log;
}

const HEADERS_TIMEOUT_MS = 60_000;
const REQUEST_TIMEOUT_MS = 300_000;
const KEEP_ALIVE_TIMEOUT_MS = 5000;
const BIND_RETRY_MS = 1000;
/** Longer than any timer; the clock shortens it. */
const FOREVER_MS = Number.MAX_SAFE_INTEGER;

/** Listens for callers of the API (spec: device-api 1.1, 1.2, 1.10). */
export class ApiServer {
	readonly name = 'device-api';
	readonly #options: ApiServerOptions;
	readonly #wake = new WakeSignal<'admit'>();
	#server: Server | undefined;
	#isRefusing = false;

	constructor(options: ApiServerOptions) {
		this.#options = options;
	}

	/** The port it listens on; `undefined` while it does not. */
	get port(): number | undefined {
		const address = this.#server?.address();
		return typeof address === 'object' && address !== null ? address.port : undefined;
	}

	async start(): Promise<void> {
		const { api, address } = this.#options;
		const { port, host, socketTimeoutMs } = await address();
		const server = createServer(
			{
				headersTimeout: HEADERS_TIMEOUT_MS,
				requestTimeout: REQUEST_TIMEOUT_MS,
				keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
			},
			api,
		);
		new ConnectionLimit().guard(server);
		server.setTimeout(socketTimeoutMs);
		this.#server = server;
		await this.#listen(server, port, host);
	}

	/** Retries while the address does not exist yet: the first pass creates the bridge of a port override. */
	async run(signal: AbortSignal): Promise<void> {
		const { address, clock } = this.#options;
		while (!signal.aborted) {
			this.#wake.take();
			if (this.#server?.listening === false && !this.#isRefusing) {
				const { port, host } = await address();
				await this.#listen(this.#server, port, host);
			}
			const isWaiting = this.#server?.listening === true || this.#isRefusing;
			await waitFor({ wake: this.#wake, ms: isWaiting ? FOREVER_MS : BIND_RETRY_MS, clock, signal });
		}
	}

	/** The device is about to go down: running requests are answered, new ones are refused (spec: device-api 1.10). */
	refuseCallers(): void {
		this.#isRefusing = true;
		this.#server?.close();
		this.#server?.closeIdleConnections();
		this.#options.log.info('Stopped Supervisor API');
	}

	/** The device did not go down. */
	admitCallers(): void {
		this.#isRefusing = false;
		this.#wake.wake('admit');
	}

	async #listen(server: Server, port: number, host: string | undefined): Promise<void> {
		const failure = await listen(server, port, host);
		if (failure === undefined) {
			this.#options.log.info(`Supervisor API successfully started on port ${this.port ?? port}`);
		} else if (failure.code !== 'EADDRNOTAVAIL') {
			throw new OperationalError('api-listen', `cannot listen on port ${port}: ${failure.message}`, { cause: failure });
		}
	}

	async stop(deadline: AbortSignal): Promise<void> {
		const server = this.#server;
		if (server === undefined) {
			return;
		}
		const closed = new Promise<void>((resolve) => {
			server.close(() => {
				resolve();
			});
		});
		server.closeIdleConnections();
		// Running requests get a moment; then the process ends anyway.
		await Promise.race([closed, this.#options.clock.sleep(GRACE_MS, deadline)]);
		server.closeAllConnections();
		await closed;
	}
}

const GRACE_MS = 500;

function listen(server: Server, port: number, host: string | undefined): Promise<NodeJS.ErrnoException | undefined> {
	return new Promise((resolve) => {
		const onError = (error: NodeJS.ErrnoException) => {
			server.removeListener('listening', onListening);
			resolve(error);
		};
		const onListening = () => {
			server.removeListener('error', onError);
			resolve(undefined);
		};
		server.once('error', onError);
		server.once('listening', onListening);
		server.listen(port, host);
	});
}
