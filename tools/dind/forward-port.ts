/**
 * Runs inside a device's network and passes connections on to addresses there. The listening sockets come from the parent
 * process: a socket belongs to the network it was made in, so no route or firewall rule joins the two.
 */
import { Server, connect } from 'node:net';
import type { Socket } from 'node:net';

interface Target {
	readonly host: string;
	readonly port: number;
}

function forward(from: Socket, target: Target): void {
	const to = connect({ ...target });
	from.pipe(to).pipe(from);
	// Either side's end is the end of the other; a supervisor that restarts must not hold connections half open.
	from.on('error', () => to.destroy()).on('close', () => to.destroy());
	to.on('error', () => from.destroy()).on('close', () => from.destroy());
}

process.on('message', (target, handle) => {
	// Sent by `forwardPorts` only.
	if (handle instanceof Server) handle.on('connection', (from: Socket) => forward(from, target as Target));
});
process.send?.('ready');
