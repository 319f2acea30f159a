import { expect } from 'chai';
import { addressOf, Connectivity, watchLogUplink, watchRequests } from '../../../../src/api-binder/index.ts';
import type { Settings } from '../../../../src/config/index.ts';
import { HttpError, type HttpErrorCode } from '../../../../src/ports/http-client.ts';
import type { LogConnectionEnd } from '../../../../src/ports/log-uplink.ts';
import { recordingLog } from '../../../support/logs.ts';
import { VirtualClock } from '../../../support/virtual-clock.ts';
import { settingsOf } from '../cloud-side.ts';

const OK = 'Internet Connectivity: OK';
const WAITING = 'Waiting for connectivity...';
const ENDPOINT = 'https://api.test';
const MINUTE_MS = 60_000;

describe('api-binder: Connectivity', () => {
	const stops: (() => Promise<void>)[] = [];
	afterEach(async () => {
		for (const stop of stops.splice(0)) await stop();
	});

	function start(change: Partial<Settings> = {}, { isUp = true, isVpnUp = false } = {}) {
		const clock = new VirtualClock();
		const { log, lines } = recordingLog();
		const world = { isUp, isVpnUp, settings: settingsOf(ENDPOINT, change) };
		const probes: string[] = [];
		const led: string[] = [];
		const connectivity = new Connectivity({
			settings: { read: () => Promise.resolve(world.settings) },
			prepareVpnStatus: () => Promise.resolve(),
			isVpnUp: () => Promise.resolve(world.isVpnUp),
			probe: {
				connect: ({ host, port }) => {
					probes.push(`${clock.now() / 1000} ${host}:${port}`);
					return Promise.resolve(world.isUp);
				},
			},
			led: {
				start: ({ blinks, pauseMs }) => void led.push(`${blinks} ${pauseMs}`),
				stop: () => Promise.resolve(void led.push('off')),
			},
			clock,
			log,
		});
		const end = new AbortController();
		const done = connectivity.run(end.signal);
		stops.push(async () => {
			end.abort();
			await done;
		});
		return {
			clock,
			world,
			probes,
			led,
			connectivity,
			stop: stops.at(-1)!,
			said: () => lines.map(({ message }) => message),
		};
	}

	it('says how it is at the start, and then only what changes, with the LED', async () => {
		const { clock, world, led, said } = start({}, { isUp: false });
		await clock.advance(35_000);
		expect(said()).to.deep.equal([WAITING]);
		expect(led).to.deep.equal(['4 1000']);
		world.isUp = true;
		await clock.advance(10_000);
		expect(said()).to.deep.equal([WAITING, OK]);
		expect(led).to.deep.equal(['4 1000', 'off']);
	});

	it('notifies of a cloud that is lost, and of one that is back after that', async () => {
		const { clock, world, connectivity } = start();
		const heard: boolean[] = [];
		connectivity.onChange((isConnected) => heard.push(isConnected));
		await clock.advance(1);
		expect(heard).to.deep.equal([]); // never lost
		for (const isUp of [false, true]) {
			world.isUp = isUp;
			connectivity.recheck();
			await clock.advance(30_000);
		}
		expect(heard).to.deep.equal([false, true]);
	});

	it('tries every ten seconds while there is no connection', async () => {
		const { clock, probes } = start({}, { isUp: false });
		await clock.advance(30_000);
		expect(probes).to.deep.equal([0, 10, 20, 30].map((second) => `${second} api.test:443`));
	});

	it('is off when the process ends', async () => {
		const { clock, led, stop } = start({}, { isUp: false });
		await clock.advance(1);
		await stop();
		expect(led).to.deep.equal(['4 1000', 'off']);
	});

	it('sends no probe after the first as long as requests are answered', async () => {
		const { clock, probes, connectivity, led, said } = start();
		await clock.advance(1);
		for (let poll = 0; poll < 24 * 4; poll++) {
			await clock.advance(15.9 * MINUTE_MS);
			connectivity.reached(`${ENDPOINT}/device/v3/uuid/state`);
		}
		expect(probes).to.have.lengthOf(1);
		expect(said()).to.deep.equal([OK]);
		expect(led).to.deep.equal([]);
	});

	it('probes when no request has reached the cloud for longer than a poll takes', async () => {
		const { clock, world, probes, said } = start();
		await clock.advance(1);
		world.isUp = false;
		await clock.advance(16.4 * MINUTE_MS);
		expect(probes).to.have.lengthOf(1);
		await clock.advance(0.2 * MINUTE_MS);
		expect(probes).to.have.lengthOf(2);
		expect(said()).to.deep.equal([OK, WAITING]);
	});

	it('looks once an hour where polls are rare', async () => {
		const { clock, probes } = start({ pollIntervalMs: 24 * 60 * MINUTE_MS });
		await clock.advance(179 * MINUTE_MS);
		expect(probes).to.have.lengthOf(3);
	});

	it('looks at once when a request got no answer, and does not believe it alone', async () => {
		const { clock, world, probes, connectivity, said } = start();
		await clock.advance(5000);
		connectivity.missed(`${ENDPOINT}/device/v3/state`);
		await clock.advance(1);
		expect(probes).to.deep.equal(['0 api.test:443', '5 api.test:443']);
		expect(said()).to.deep.equal([OK]);
		world.isUp = false;
		connectivity.missed(`${ENDPOINT}/device/v3/state`);
		await clock.advance(1);
		expect(said()).to.deep.equal([OK, WAITING]);
	});

	it('knows at once that the cloud is back, from the first request that is answered', async () => {
		const { clock, probes, connectivity, said } = start({}, { isUp: false });
		await clock.advance(1000);
		connectivity.reached(`${ENDPOINT}/device/register`);
		await clock.advance(1);
		expect(said()).to.deep.equal([WAITING, OK]);
		expect(probes).to.have.lengthOf(1);
	});

	it('does not take another host, or another port, for the cloud', async () => {
		const { clock, probes, connectivity, said } = start({}, { isUp: false });
		await clock.advance(1000);
		for (const other of ['https://logs.test/', 'https://api.test:8443/', 'http://api.test/', 'nothing']) {
			connectivity.reached(other);
		}
		await clock.advance(1);
		expect(said()).to.deep.equal([WAITING]);
		expect(probes).to.have.lengthOf(1);
	});

	for (const [what, change, state] of [
		['the VPN is up', {}, { isVpnUp: true, isUp: false }],
		['the check is switched off', { connectivityCheckEnabled: false }, { isUp: false }],
	] as const) {
		it(`counts as connected, without a probe, while ${what}`, async () => {
			const { clock, world, probes, connectivity, said } = start(change, state);
			await clock.advance(MINUTE_MS);
			expect(said()).to.deep.equal([OK]);
			expect(probes).to.deep.equal([]);
			world.isVpnUp = false;
			world.settings = { ...world.settings, connectivityCheckEnabled: true };
			connectivity.changed();
			await clock.advance(10_000);
			expect(said()).to.deep.equal([OK, WAITING]);
		});
	}

	it('finds within ten seconds that the VPN has come up', async () => {
		const { clock, world, said } = start({}, { isUp: false });
		await clock.advance(1);
		world.isVpnUp = true;
		await clock.advance(10_000);
		expect(said()).to.deep.equal([WAITING, OK]);
	});

	it('follows another endpoint', async () => {
		const { clock, world, probes, connectivity } = start();
		await clock.advance(1);
		world.settings = { ...world.settings, apiEndpoint: 'http://other.test:8080' };
		connectivity.changed();
		await clock.advance(1);
		expect(probes).to.deep.equal(['0 api.test:443', '0.001 other.test:8080']);
	});

	it('says nothing on a device without a cloud', async () => {
		const { clock, probes, said, led } = start({ apiEndpoint: '' });
		await clock.advance(MINUTE_MS);
		expect([...said(), ...probes, ...led]).to.deep.equal([]);
	});

	for (const [endpoint, address] of [
		['https://api.test', { host: 'api.test', port: 443 }],
		['http://api.test/path', { host: 'api.test', port: 80 }],
		['https://api.test:8443', { host: 'api.test', port: 8443 }],
		['http://[::1]:8080', { host: '::1', port: 8080 }],
		['ftp://api.test', undefined],
		['api.test', undefined],
		['', undefined],
	] as const) {
		it(`connects to ${JSON.stringify(address)} for "${endpoint}"`, () => {
			expect(addressOf(endpoint)).to.deep.equal(address);
		});
	}
});

describe('api-binder: what is reported of contacts', () => {
	const never = new AbortController().signal;
	const contacts: string[] = [];
	const observer = {
		reached: (url: string) => void contacts.push(`reached ${url}`),
		missed: (url: string) => void contacts.push(`missed ${url}`),
	};
	beforeEach(() => contacts.splice(0));
	const request = { method: 'GET', url: 'u', headers: {}, timeoutMs: 1 } as const;

	it('an answer of whatever status is a contact, and stays the answer', async () => {
		const answer = { status: 503, headers: {}, body: '' };
		const client = watchRequests({ request: () => Promise.resolve(answer) }, observer);
		expect(await client.request(request, never)).to.equal(answer);
		expect(contacts).to.deep.equal(['reached u']);
	});

	for (const [code, expected] of [
		['http-timeout', ['missed u']],
		['http-unreachable', ['missed u']],
		['http-broken', ['missed u']],
		['http-too-large', []],
		['http-bad-url', []],
	] as const satisfies readonly (readonly [HttpErrorCode, readonly string[]])[]) {
		it(`${code} is ${expected.length === 0 ? 'neither' : 'none'}, and stays the error`, async () => {
			const error = new HttpError(code, 'test');
			const client = watchRequests({ request: () => Promise.reject(error) }, observer);
			const uplink = watchLogUplink({ open: () => Promise.reject(error) }, observer);
			expect(await client.request(request, never).catch((caught: unknown) => caught)).to.equal(error);
			expect(contacts).to.deep.equal(expected);
			await uplink.open({ url: 'u', deviceApiKey: 'k' }, never).catch(() => undefined);
			expect(contacts).to.deep.equal([...expected, ...expected]);
		});
	}

	for (const [end, expected] of [
		[{ kind: 'answered', status: 401 }, 'reached u'],
		[{ kind: 'broken', error: new HttpError('http-broken', 'test') }, 'missed u'],
	] as const satisfies readonly (readonly [LogConnectionEnd, string])[]) {
		it(`a log stream reports its start, and its end when ${end.kind}`, async () => {
			const connection = {
				over: Promise.resolve<LogConnectionEnd>(end),
				write: () => Promise.resolve(),
				end: () => undefined,
				destroy: () => undefined,
			};
			const uplink = watchLogUplink({ open: () => Promise.resolve(connection) }, observer);
			expect(await uplink.open({ url: 'u', deviceApiKey: 'k' }, never)).to.equal(connection);
			await connection.over;
			expect(contacts).to.deep.equal(['reached u', expected]);
		});
	}
});
