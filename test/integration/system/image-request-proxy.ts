import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RealEngine } from '../../support/real-engine.ts';

/** A proxy between a device and its engine: records which images are pulled, and with which credentials. */
export interface ImageRequestProxy {
	/** For `DOCKER_HOST`. */
	readonly host: string;
	readonly socketPath: string;
	readonly pulls: readonly Pull[];
	stop(): Promise<void>;
}

interface Pull {
	readonly image: string;
	readonly auth: unknown;
	/** Monotonic, ms. */
	readonly at: number;
}

export async function placeImageRequestProxy(engine: RealEngine): Promise<ImageRequestProxy> {
	const folder = mkdtempSync(join(tmpdir(), 'image-requests-'));
	const socket = join(folder, 'docker.sock');
	const pulls: Pull[] = [];
	const server = createServer((incoming, response) => {
		const url = new URL(incoming.url ?? '/', 'http://engine');
		const image = /\/images\/create$/.test(url.pathname) ? url.searchParams.get('fromImage') : null;
		if (image !== null) pulls.push({ image, auth: decodeAuth(incoming), at: performance.now() });
		forward(incoming, response, engine.socketPath);
	});
	await new Promise<void>((resolve) => server.listen(socket, resolve));
	return {
		host: `unix://${socket}`,
		socketPath: socket,
		pulls,
		stop: async () => {
			await new Promise<void>((resolve) => {
				server.close(() => resolve());
				server.closeAllConnections();
			});
			rmSync(folder, { recursive: true });
		},
	};
}

function decodeAuth({ headers }: IncomingMessage): unknown {
	const encoded = headers['x-registry-auth'];
	return typeof encoded === 'string' ? JSON.parse(Buffer.from(encoded, 'base64url').toString()) : undefined;
}

function forward(incoming: IncomingMessage, response: ServerResponse, socketPath: string): void {
	const { method, url, headers } = incoming;
	const call = request({ socketPath, method, path: url, headers, agent: false }, (answer) => {
		response.writeHead(answer.statusCode ?? 502, answer.headers);
		response.flushHeaders();
		answer.pipe(response);
	});
	call.on('error', () => response.destroy());
	response.on('close', () => call.destroy());
	incoming.pipe(call);
}
