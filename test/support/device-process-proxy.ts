import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http';

export interface EngineProxy {
	/** In the order of their arrival: method and path. */
	readonly requests: readonly string[];
	stop(): Promise<void>;
}

/** The request waits until it resolves; the signal aborts when the client disconnects. */
type HoldRequest = (request: string, gone: AbortSignal) => Promise<void> | undefined;

/** A proxy between a device and the engine that records requests. */
export async function startEngineProxy(
	path: string,
	engineSocketPath: string,
	hold: HoldRequest = () => undefined,
): Promise<EngineProxy> {
	const requests: string[] = [];
	const server = createServer((incoming, response) => {
		const line = `${incoming.method ?? ''} ${incoming.url ?? ''}`;
		requests.push(line);
		const gone = new AbortController();
		response.on('close', () => gone.abort());
		void Promise.resolve(hold(line, gone.signal)).then(() => {
			if (!gone.signal.aborted) forward(incoming, response, engineSocketPath);
		});
	});
	await new Promise<void>((resolve, reject) => {
		server.once('error', reject);
		server.listen(path, resolve);
	});
	return {
		requests,
		stop: () =>
			new Promise((resolve) => {
				server.close(() => resolve());
				server.closeAllConnections();
			}),
	};
}

function forward(incoming: IncomingMessage, response: ServerResponse, socketPath: string): void {
	const { method, url, headers } = incoming;
	const call = request({ socketPath, method, path: url, headers, agent: false }, (answer) => {
		response.writeHead(answer.statusCode ?? 502, answer.headers);
		response.flushHeaders(); // a stream of events may have nothing to say for long
		answer.pipe(response);
		answer.on('error', () => response.destroy());
	});
	call.on('error', () => response.destroy());
	response.on('close', () => call.destroy());
	incoming.pipe(call);
}
