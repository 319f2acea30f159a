/**
 * Runs inside a device's network and passes connections on to a port there. The listening socket comes from the parent
 * process: a socket belongs to the network it was made in, so no route or firewall rule joins the two.
 */
import { Server, connect } from 'node:net';
import type { Socket } from 'node:net';

const port = Number(process.argv[2]);

function forward(from: Socket): void {
	const to = connect({ host: '127.0.0.1', port });
	from.pipe(to).pipe(from);
	// Either side's end is the end of the other; a supervisor that restarts must not hold connections half open.
	from.on('error', () => to.destroy()).on('close', () => to.destroy());
	to.on('error', () => from.destroy()).on('close', () => from.destroy());
}

process.on('message', (_message, handle) => {
	if (handle instanceof Server) handle.on('connection', forward);
});
process.send?.('ready');
