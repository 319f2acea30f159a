import type { IncomingMessage, RequestListener, Server, ServerOptions, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { rm } from 'node:fs/promises';
import type { ListenOptions } from 'node:net';

import { CloudModel } from './cloud-model.ts';
import { requestUrl } from './cloud-request.ts';
import { CloudStore } from './cloud-store.ts';
import { isControlPath, serveControl } from './control-api.ts';
import { serveDevice } from './device-server.ts';
import { Faults } from './faults.ts';
import { Notifier } from './notifier.ts';
import { RequestLog } from './request-log.ts';
import type { TokenSigner } from './sign-token.ts';

/** What the real cloud enforces; development uses less. */
export const REAL_MINIMUM_POLL_INTERVAL_MS = 600_000;
/** The real cloud cuts a request that takes longer to arrive; this is what ends every log stream. */
const REAL_REQUEST_TIMEOUT_MS = 300_000;

export interface CloudOptions {
	/** 0 takes any free port. */
	readonly port: number;
	readonly host?: string | undefined;
	/** A directory for the data; without it, `stop` discards everything. */
	readonly storePath?: string | undefined;
	readonly tls?: { readonly key: string | Buffer; readonly cert: string | Buffer } | undefined;
	readonly minimumPollIntervalMs?: number | undefined;
	/** For a registry that checks the tokens of this cloud. */
	readonly tokenSigner?: TokenSigner | undefined;
	/** A second listener for the control API alone; a left-over socket file is replaced. */
	readonly controlSocket?: string | undefined;
	readonly requestTimeoutMs?: number | undefined;
	readonly logLinesKept?: number | undefined;
	/** How long a log stream of a device that is gone is held before it is refused; 55 s in the real cloud. */
	readonly goneLogStreamDelayMs?: number | undefined;
	/** `loopback`: notify devices on this machine of new targets, on the port that they reported. */
	readonly notify?: 'none' | 'loopback' | undefined;
	readonly now?: (() => number) | undefined;
}

export interface RunningCloud {
	readonly url: string;
	readonly port: number;
	readonly model: CloudModel;
	readonly faults: Faults;
	readonly requests: RequestLog;
	/** Closes every listener and connection and writes the store; may be called again. */
	stop(): Promise<void>;
}

export async function startCloud(options: CloudOptions): Promise<RunningCloud> {
	const { host = '127.0.0.1', tls, controlSocket } = options;
	const store = new CloudStore(options.storePath);
	const notifier = new Notifier();
	const stopping = new AbortController();
	const model = new CloudModel({
		data: await store.load(),
		minimumPollIntervalMs: options.minimumPollIntervalMs ?? REAL_MINIMUM_POLL_INTERVAL_MS,
		now: options.now ?? Date.now,
		tokenSigner: options.tokenSigner,
		logLinesKept: options.logLinesKept,
		goneLogStreamDelayMs: options.goneLogStreamDelayMs,
		onChange: () => store.markChanged(),
		onTargetChange(device) {
			if (options.notify === 'loopback') {
				notifier.notify(device);
			}
		},
	});
	const deps = { model, faults: new Faults(), requests: new RequestLog(), signal: stopping.signal };
	const listener = guarded(async (incoming, response) => {
		const isControl = isControlPath(requestUrl(incoming).pathname);
		await (isControl ? serveControl(deps, incoming, response) : serveDevice(deps, incoming, response));
	});
	const requestTimeout = options.requestTimeoutMs ?? REAL_REQUEST_TIMEOUT_MS;
	const serverOptions: ServerOptions = {
		requestTimeout,
		connectionsCheckingInterval: Math.min(30_000, Math.max(1, requestTimeout / 10)),
	};
	const server =
		tls === undefined ? createServer(serverOptions, listener) : createTlsServer({ ...serverOptions, ...tls }, listener);
	const servers = [server];
	await listen(server, { port: options.port, host });
	if (controlSocket !== undefined) {
		const control = createServer(guarded((incoming, response) => serveControl(deps, incoming, response)));
		servers.push(await listenBeside(server, control, controlSocket));
	}
	const port = portOf(server);
	let stopped: Promise<void> | undefined;
	return {
		url: `${tls === undefined ? 'http' : 'https'}://${host.includes(':') ? `[${host}]` : host}:${port}`,
		port,
		model,
		faults: deps.faults,
		requests: deps.requests,
		stop() {
			stopped ??= (async () => {
				stopping.abort();
				notifier.stop();
				await Promise.all(servers.map(close));
				await store.stop();
			})();
			return stopped;
		},
	};
}

/** If it cannot listen, the first one ends as well. */
async function listenBeside(first: Server, second: Server, path: string): Promise<Server> {
	try {
		await rm(path, { force: true });
		await listen(second, { path });
		return second;
	} catch (error) {
		await close(first);
		throw error;
	}
}

/** A failed handler must not end the process: the connection is closed and the error is printed. */
function guarded(handle: (incoming: IncomingMessage, response: ServerResponse) => Promise<void>): RequestListener {
	return (incoming, response) => {
		handle(incoming, response).catch((error: unknown) => {
			const isGone =
				incoming.destroyed || response.destroyed || (error instanceof Error && error.name === 'AbortError');
			if (!isGone) {
				console.error('stand-in cloud: request failed', error);
			}
			response.destroy();
		});
	};
}

function listen(server: Server, options: ListenOptions): Promise<void> {
	return new Promise((resolve, reject) => {
		server.once('error', reject);
		server.listen(options, () => {
			server.off('error', reject);
			resolve();
		});
	});
}

function close(server: Server): Promise<void> {
	return new Promise((resolve) => {
		server.close(() => resolve());
		server.closeAllConnections();
	});
}

function portOf(server: Server): number {
	const address = server.address();
	return typeof address === 'object' && address !== null ? address.port : 0;
}
