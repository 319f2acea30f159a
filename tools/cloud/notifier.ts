import { request } from 'node:http';

import type { Device } from './cloud-data.ts';

/**
 * Calls `POST /v1/update` of devices whose target changed, as the real cloud does through its VPN: once for each change,
 * however fast they come. Answers and failures are ignored, because the real cloud ignores them too.
 */
export class Notifier {
	readonly #abort = new AbortController();

	stop(): void {
		this.#abort.abort();
	}

	notify(device: Device): void {
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
		call.on('error', () => undefined); // the real cloud ignores failures too
		call.end();
	}
}

/** A device that reported `null` is called with the word `null`, as the real cloud does. */
function isReportedSecret(secret: unknown): secret is string | null {
	return typeof secret === 'string' || secret === null;
}
