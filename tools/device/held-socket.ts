import { renameSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';

/** The backlog of systemd, so that no connection is refused while the engine is down. The kernel has its own limit. */
const BACKLOG = 4096;

interface HeldSocket {
	/** For a child to inherit. */
	readonly descriptor: number;
	/** Closes it in this process; a process that inherited it keeps listening. */
	release(): void;
}

/** Listens at `held.sock` in the folder, for the host's first process to hold. This process accepts no connection. */
export async function openHeldSocket(directory: string): Promise<HeldSocket> {
	const name = join(directory, 'hold.sock');
	rmSync(name, { force: true });
	const server = createServer();
	await new Promise<void>((resolve, reject) => {
		server.once('error', reject);
		server.listen({ path: name, backlog: BACKLOG }, resolve);
	});
	// A server that closes removes the name that it was given; the other one stays.
	renameSync(name, join(directory, 'held.sock'));
	return { descriptor: findDescriptor(server), release: () => void server.close() };
}

function findDescriptor(server: Server): number {
	// Node can hand over a server to Node processes only; what a handle of the system's is called has no public name.
	const { _handle: handle } = server as Server & { readonly _handle?: { readonly fd?: number } };
	if (handle?.fd === undefined || handle.fd < 0)
		throw new Error('this Node.js does not expose the descriptor of a socket');
	return handle.fd;
}
