import { connect, createServer, type Socket } from 'node:net';

/** A way to a port of this machine that can be taken away, and put back. */
export interface Cable {
	readonly url: string;
	/** All connections break and new ones fail. */
	cut(): void;
	mend(): void;
	/** Connections stay, and nothing passes. */
	hold(): void;
	remove(): Promise<void>;
}

export async function layCable(port: number): Promise<Cable> {
	const sockets = new Set<Socket>();
	let isCut = false;
	const add = (socket: Socket, other: Socket) => {
		sockets.add(socket);
		socket.on('error', () => undefined);
		socket.on('close', () => {
			sockets.delete(socket);
			other.destroy();
		});
		socket.pipe(other);
	};
	const server = createServer((socket) => {
		if (isCut) {
			socket.resetAndDestroy();
			return;
		}
		const far = connect(port, '127.0.0.1');
		add(socket, far);
		add(far, socket);
	});
	await new Promise<void>((resolve) => server.listen({ host: '127.0.0.1', port: 0 }, resolve));
	const address = server.address();
	const cut = () => {
		isCut = true;
		for (const socket of sockets) socket.resetAndDestroy();
	};
	return {
		url: `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`,
		cut,
		mend: () => {
			isCut = false;
			for (const socket of sockets) socket.resume();
		},
		hold: () => {
			for (const socket of sockets) socket.unpipe().pause();
		},
		remove: () => {
			cut();
			return new Promise((resolve) => server.close(() => resolve()));
		},
	};
}
