/** One day of an idle device, for measure-traffic.ts: real polls and reports over real sockets, on a virtual clock. */
import { GotClient } from '../../src/adapters/http/index.ts';
import type { HttpClient } from '../../src/ports/http-client.ts';
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { simulateDevice } from '../../test/simulation/fleet/simulated-device.ts';
import { VirtualClock } from '../../test/support/virtual-clock.ts';
import { createControlClient } from '../cloud/control-client.ts';
import { startCloud } from '../cloud/start-cloud.ts';
import { startCountingProxy, type CountingProxy, type Traffic } from './counting-proxy.ts';

export interface TrafficDay {
	readonly requests: number;
	readonly traffic: Traffic;
}

const DAY_S = 86_400;
const POLL_INTERVAL_MS = 900_000;

const { values } = parseArgs({
	options: {
		/** Every measure of its load is another one. */
		moving: { type: 'boolean', default: false },
		/** With both the cloud speaks TLS; this process has to trust the certificate. */
		key: { type: 'string' },
		cert: { type: 'string' },
	},
});

let turn = 0;

function measure() {
	turn += 1;
	const cpu_usage = values.moving ? (turn % 2 === 0 ? 10 : 90) : 7;
	return { cpu_usage, memory_usage: 412, memory_total: 3845, is_undervolted: false };
}

async function runDay(): Promise<TrafficDay> {
	const clock = new VirtualClock(() => Math.random());
	const { key, cert } = values;
	const tls =
		key === undefined || cert === undefined ? undefined : { key: readFileSync(key), cert: readFileSync(cert) };
	const cloud = await startCloud({ port: 0, now: () => clock.wall().getTime(), tls });
	const proxy = await startCountingProxy(cloud.port);
	const stop = new AbortController();
	try {
		const fleet = await createControlClient(cloud.url).createFleet({ name: 'f', deviceType: 'raspberrypi4-64' });
		const uuid = 'd'.repeat(32);
		cloud.model.addDevice({
			...{ uuid, fleetId: fleet.id, deviceType: fleet.deviceType, apiKey: uuid },
			...{ osVersion: undefined, supervisorVersion: undefined },
		});
		const http = new CountedClient();
		const device = simulateDevice({
			...{
				http,
				endpoint: `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${proxy.port}`,
				uuid,
				key: uuid,
				clock,
			},
			metrics: measure,
			pollIntervalMs: POLL_INTERVAL_MS,
		});
		const running = device.run(stop.signal);
		await pass(clock, http, proxy, 60); // skip the first report and the first target
		const before = { requests: http.requests, ...proxy.traffic };
		await pass(clock, http, proxy, DAY_S);
		const traffic = {
			connections: proxy.traffic.connections - before.connections,
			bytes: proxy.traffic.bytes - before.bytes,
		};
		stop.abort();
		await running;
		return { requests: http.requests - before.requests, traffic };
	} finally {
		stop.abort();
		await proxy.stop();
		await cloud.stop();
	}
}

/** Advances second by second, and not during a request. Connections that are idle for too long are closed. */
async function pass(clock: VirtualClock, http: CountedClient, proxy: CountingProxy, seconds: number): Promise<void> {
	for (let second = 0; second < seconds; second += 1) {
		const before = http.requests;
		await clock.advance(1000);
		while (http.isBusy) await new Promise((resolve) => setImmediate(resolve));
		if (http.failure !== undefined) throw http.failure;
		if (http.requests > before) proxy.disconnect();
	}
}

class CountedClient implements HttpClient {
	requests = 0;
	/** A day with an error does not count. */
	failure: Error | undefined;
	#busy = 0;
	readonly #client = new GotClient();

	get isBusy(): boolean {
		return this.#busy > 0;
	}

	async request(...args: Parameters<HttpClient['request']>): ReturnType<HttpClient['request']> {
		this.requests += 1;
		this.#busy += 1;
		try {
			const response = await this.#client.request(...args);
			if (response.status >= 400) throw new Error(`the cloud has answered ${response.status}`);
			return response;
		} catch (error) {
			this.failure = error instanceof Error ? error : new Error(String(error));
			throw error;
		} finally {
			this.#busy -= 1;
		}
	}
}

console.log(JSON.stringify(await runDay()));
