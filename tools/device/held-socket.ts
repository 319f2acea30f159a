import { renameSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';

/** As long as systemd's, so that nobody is refused while the engine is away. The kernel has a limit of its own. */
const BACKLOG = 4096;

interface HeldSocket {
	/** For a child to inherit. */
	readonly descriptor: number;
	/** This process lets go of it; who has inherited it goes on listening. */
	release(): void;
}

/** Listens at `held.sock` in the folder, for the host's first process to hold. Nobody takes a connection here. */
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
		throw new Error('this Node.js does not tell the descriptor of a socket');
	return handle.fd;
}
