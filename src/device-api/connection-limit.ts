import type { Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { isLoopback } from './addresses.ts';
import { hasAccess } from './middleware.ts';

/** Each connection uses a file descriptor, which everything else in the process needs too. */
export const CONNECTIONS_MAX = 250;
/** The host's own health check is always admitted. */
const FOR_LOOPBACK = 20;

interface Connection {
	/** Requests that are being answered. */
	active: number;
	isKnown: boolean;
}

/** Limits the connections of a server: a new one replaces an idle one, first those that never showed a key. */
export class ConnectionLimit {
	/** Idle for the longest time first. */
	readonly #connections = new Map<Socket, Connection>();

	guard(server: Server): void {
		server.on('connection', (socket) => {
			this.#admit(socket);
		});
		server.on('request', ({ socket }, response) => {
			this.#watch(socket, response);
		});
	}

	#admit(socket: Socket): void {
		const max = CONNECTIONS_MAX + (isLoopback(socket.remoteAddress) ? FOR_LOOPBACK : 0);
		if (this.#connections.size >= max) {
			const idle = [...this.#connections].filter(([, { active }]) => active === 0);
			const [leaving] = idle.find(([, { isKnown }]) => !isKnown) ?? idle[0] ?? [socket];
			this.#connections.delete(leaving);
			leaving.destroy();
		}
		if (!socket.destroyed) {
			this.#connections.set(socket, { active: 0, isKnown: false });
			socket.once('close', () => this.#connections.delete(socket));
		}
	}

	#watch(socket: Socket, response: ServerResponse): void {
		const connection = this.#connections.get(socket);
		if (connection === undefined) {
			return;
		}
		connection.active += 1;
		response.once('close', () => {
			connection.active -= 1;
			connection.isKnown ||= hasAccess(response);
			if (this.#connections.delete(socket)) {
				this.#connections.set(socket, connection);
			}
		});
	}
}
