import { request } from 'node:http';

import type { Device } from './cloud-data.ts';

const COALESCE_MS = 50;

/**
 * Calls `POST /v1/update` of devices whose target changed, as the real cloud does through its VPN. Bursts become one
 * call; answers and failures are ignored, because the real cloud ignores them too.
 */
export class Notifier {
	readonly #timers = new Map<string, NodeJS.Timeout>();
	readonly #abort = new AbortController();

	notify(device: Device): void {
		if (this.#abort.signal.aborted || this.#timers.has(device.uuid)) {
			return;
		}
		const timer = setTimeout(() => {
			this.#timers.delete(device.uuid);
			this.#call(device);
		}, COALESCE_MS);
		this.#timers.set(device.uuid, timer);
	}

	stop(): void {
		this.#abort.abort();
		for (const timer of this.#timers.values()) {
			clearTimeout(timer);
		}
		this.#timers.clear();
	}

	#call(device: Device): void {
		const { api_port: port, api_secret: secret, ip_address: address } = device.state;
		// An address must have been reported, as for the real cloud; on a loopback it is not the one to call.
		if (typeof port !== 'number' || !isReportedSecret(secret) || typeof address !== 'string' || address === '') {
			return;
		}
		const call = request({
			host: '127.0.0.1',
			port,
			method: 'POST',
			path: `/v1/update?apikey=${encodeURIComponent(String(secret))}`,
			headers: { Host: `${device.uuid}.balena:${port}`, 'Content-Length': 0, Connection: 'close' },
			agent: false,
			signal: this.#abort.signal,
		});
		call.on('response', (response) => response.resume());
		call.on('error', () => undefined); // nobody to tell: the real cloud fires and forgets
		call.end();
	}
}

/** A device that reported `null` is called with the word `null`, as the real cloud does. */
function isReportedSecret(secret: unknown): secret is string | null {
	return typeof secret === 'string' || secret === null;
}
