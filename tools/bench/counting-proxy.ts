import { connect, createServer, type Socket } from 'node:net';

export interface Traffic {
	connections: number;
	/** Bytes of TCP payload, in both directions. */
	bytes: number;
}

export interface CountingProxy {
	readonly port: number;
	readonly traffic: Traffic;
	/** As an idle time-out does. */
	disconnect(): void;
	stop(): Promise<void>;
}

/** Forwards all traffic and counts it. */
export async function startCountingProxy(targetPort: number): Promise<CountingProxy> {
	const traffic: Traffic = { connections: 0, bytes: 0 };
	const sockets = new Set<Socket>();
	const pass = (from: Socket, to: Socket) => {
		sockets.add(from);
		from.on('data', (chunk) => (traffic.bytes += chunk.length));
		from.on('error', () => to.destroy());
		from.on('close', () => {
			sockets.delete(from);
			to.destroy();
		});
		from.pipe(to);
	};
	const disconnect = () => {
		for (const socket of sockets) socket.destroy();
	};
	const server = createServer((near) => {
		traffic.connections += 1;
		const far = connect(targetPort, '127.0.0.1');
		pass(near, far);
		pass(far, near);
	});
	await new Promise<void>((resolve) => server.listen({ host: '127.0.0.1', port: 0 }, resolve));
	const address = server.address();
	return {
		port: typeof address === 'object' && address !== null ? address.port : 0,
		traffic,
		disconnect,
		stop: () => {
			disconnect();
			return new Promise((resolve) => server.close(() => resolve()));
		},
	};
}
