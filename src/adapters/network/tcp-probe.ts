import { connect, type LookupFunction } from 'node:net';
import type { ConnectProbe, HostAddress } from '../../ports/connectivity.ts';

interface TcpProbeOptions {
	readonly lookup: LookupFunction;
}

/** Opens a connection and resets it at once: that takes half as many packets as closing it. */
export class TcpProbe implements ConnectProbe {
	readonly #lookup: LookupFunction;

	constructor({ lookup }: TcpProbeOptions) {
		this.#lookup = lookup;
	}

	connect({ host, port }: HostAddress, timeoutMs: number, signal: AbortSignal): Promise<boolean> {
		return new Promise((resolve) => {
			if (signal.aborted) {
				resolve(false);
				return;
			}
			const socket = connect({ host, port, lookup: this.#lookup });
			const end = (isConnected: boolean) => {
				clearTimeout(timer);
				signal.removeEventListener('abort', abort);
				if (isConnected) {
					socket.resetAndDestroy();
				} else {
					socket.destroy(); // a reset would wait for the connection
				}
				resolve(isConnected);
			};
			const abort = () => {
				end(false);
			};
			const timer = setTimeout(abort, timeoutMs);
			signal.addEventListener('abort', abort, { once: true });
			socket.on('error', abort); // also after the end: the reset itself may raise an error
			socket.once('connect', () => {
				end(true);
			});
		});
	}
}
