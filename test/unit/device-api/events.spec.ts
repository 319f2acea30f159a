import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { expect } from 'chai';
import { matchesQuery, type HistoryEntry } from '../../../src/domain/history.ts';
import type { DeviceStatus } from '../../../src/domain/status.ts';
import { Listeners } from '../../../src/lib/listeners.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';
import { deviceStatus } from './device-status.ts';
import { idleOperations } from './idle-operations.ts';
import { KEYS, startRecordedApi, type RecordedApi } from './recorded-api.ts';

const entry = (id: number, appId: number | undefined, sentence = `event ${id}`): HistoryEntry => ({
	...{ id, kind: 'service', event: 'started', appId, sentence },
	...{ count: 1, firstAt: 0, lastAt: 0, isSynchronised: true },
});
const REASON = {
	appId: 1,
	serviceName: 'web',
	kind: 'unhealthy',
	finding: { kind: 'unhealthy' },
	sentence: 'web runs',
	since: 0,
} as const;

/** A client that reads, with what it has got so far. */
class Reader {
	text = '';
	readonly response: IncomingMessage;

	constructor(response: IncomingMessage) {
		this.response = response;
		response.setEncoding('utf8').on('data', (part: string) => (this.text += part));
		response.on('error', () => undefined); // it is cut off, or goes away
	}

	/** `history 7 {…}` */
	get events(): readonly string[] {
		return this.text
			.split('\n\n')
			.slice(0, -1)
			.map((block) => {
				const field = (name: string) => new RegExp(`^${name}: (.*)$`, 'm').exec(block)?.[1];
				return block.startsWith(':') ? block : `${field('event')} ${field('id') ?? '-'} ${field('data')}`;
			});
	}

	of(event: string): readonly string[] {
		return this.events.filter((one) => one.startsWith(`${event} `));
	}
}

describe('the events of the device API', () => {
	let api: RecordedApi;
	let clock: VirtualClock;
	let status: DeviceStatus;
	let rows: HistoryEntry[];
	let heard: Listeners<[HistoryEntry]>;
	let published: Listeners<[]>;
	/** Those that are connected. */
	let listening: number;
	/** Delays what is read from the table. */
	let table: Promise<void>;

	beforeEach(async () => {
		clock = new VirtualClock();
		status = deviceStatus;
		rows = [];
		heard = new Listeners();
		published = new Listeners();
		listening = 0;
		table = Promise.resolve();
		const counted = (remove: () => void) => {
			listening += 1;
			return () => {
				listening -= 1;
				remove();
			};
		};
		api = await startRecordedApi({
			status: () => status,
			now: () => clock.now(),
			wall: () => clock.wall(),
			past: {
				...idleOperations.past,
				history: async (query, { limit }) => {
					await table;
					return rows.filter((row) => matchesQuery(row, query)).slice(0, limit);
				},
				onHistory: (listener) => heard.add(listener),
				onStatus: (listener) => counted(published.add(listener)),
				sleep: (ms, signal) => clock.sleep(ms, signal),
			},
		});
	});
	afterEach(() => api.close());

	async function until(isDone: () => boolean): Promise<void> {
		for (let turn = 0; turn < 5000 && !isDone(); turn++) await new Promise(setImmediate);
		expect(isDone(), 'came true').to.equal(true);
	}

	async function open(headers: Readonly<Record<string, string>> = {}, key = KEYS.device): Promise<Reader> {
		const reader = new Reader(await api.open('GET', '/v3/events', { key, headers }));
		expect(reader.response.headers).to.include({ 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
		await until(() => reader.of('status').length > 0);
		return reader;
	}

	async function publish(next: Partial<DeviceStatus>): Promise<void> {
		status = { ...status, ...next };
		published.notify();
		await clock.advance(300);
	}

	it('v3-api #1: 6.3: begins with the state and its reasons, and then sends what changes', async () => {
		status = { ...status, reasons: [REASON] };
		const reader = await open();
		expect(reader.events.map((event) => event.split(' ')[0])).to.deep.equal(['status', 'explain']);
		expect(reader.of('explain')[0]).to.include('"sentence":"web runs","since":"2026-01-01T00:00:00.000Z"');
		await publish({ at: 5 });
		await publish({ reasons: [{ ...REASON, sentence: 'web is worse' }] });
		await publish({ reasons: [] });
		await until(() => reader.of('explain').length === 3);
		expect(reader.of('explain')[1]).to.include('web is worse');
		expect(reader.of('explain')[2]).to.include('"service":"web","sentence":null');
		expect(reader.of('status')).to.have.length(1);
		await publish({ applying: true });
		await until(() => reader.of('status').length === 2);
		expect(reader.of('status')[1]).to.include('"status":"applying changes"');
	});

	it('v3-api #1: 6.3: sends the progress of downloads', async () => {
		const reader = await open();
		const step = { kind: 'pullImage', reference: 'registry/web' } as const;
		for (const percent of [10, 10, 40]) await publish({ running: [{ id: 'p', step, percent }] });
		await until(() => reader.of('progress').length === 2);
		expect(reader.of('progress')[1]).to.equal('progress - {"image":"registry/web","services":[],"percent":40}');
	});

	it('v3-api #1: 6.3: shows keys of apps their own only', async () => {
		status = { ...status, reasons: [REASON, { ...REASON, appId: 2 }, { ...REASON, appId: undefined }] };
		rows = [entry(1, 1), entry(2, 2), entry(3, undefined)];
		const reader = await open({ 'last-event-id': '0' }, KEYS.alpha);
		for (const one of [entry(4, undefined), entry(5, 2), entry(6, 1)]) heard.notify(one);
		await until(() => reader.of('history').length >= 2);
		expect(reader.of('history').map((event) => event.split(' ')[1])).to.deep.equal(['1', '6']);
		expect(reader.of('explain')).to.have.length(1);
		expect(reader.of('status')[0]).to.include('"u1"').and.not.include('"u2"');
	});

	it('v3-api #6: resumes after the last event that the client has, without a gap and without repeats', async () => {
		rows = Array.from({ length: 250 }, (_, n) => entry(n + 1, 1));
		let openTable: () => void = () => undefined;
		table = new Promise((resolve) => (openTable = resolve));
		const reader = new Reader(
			await api.open('GET', '/v3/events', { key: KEYS.device, headers: { 'last-event-id': '20' } }),
		);
		rows.push(entry(251, 1)); // meanwhile
		heard.notify(entry(251, 1));
		heard.notify(entry(252, 1)); // not yet in the table
		openTable();
		await until(() => reader.of('status').length === 1);
		heard.notify(entry(253, 1));
		await until(() => reader.of('history').length >= 233);
		const ids = reader.of('history').map((event) => Number(event.split(' ')[1]));
		expect(ids).to.deep.equal(Array.from({ length: 233 }, (_, n) => n + 21));
	});

	it('sends nothing of before to a client that comes for the first time', async () => {
		rows = [entry(1, 1)];
		const reader = await open();
		const strange = await open({ 'last-event-id': 'nothing of ours' });
		heard.notify(entry(2, 1));
		await until(() => reader.of('history').length === 1 && strange.of('history').length === 1);
		expect(reader.of('history')[0]).to.include('history 2 ');
	});

	it('v3-api #6: serves 16 viewers; the 17th is asked to come later, and gets the place of one that leaves', async () => {
		const viewers = await Promise.all(Array.from({ length: 16 }, () => open()));
		const refused = await api.call('GET', '/v3/events', { key: KEYS.device });
		expect([refused.status, refused.headers['retry-after']]).to.deep.equal([503, '30']);
		heard.notify(entry(1, 1));
		await until(() => viewers.every((viewer) => viewer.of('history').length === 1));
		viewers[3]?.response.destroy();
		await until(() => listening === 15);
		await open();
		expect(listening).to.equal(16);
		expect((await api.call('HEAD', '/v3/events', { key: KEYS.device })).status).to.equal(503);
		for (const viewer of viewers) viewer.response.destroy();
		await until(() => listening === 1);
	});

	it('v3-api #6: drops a viewer that does not read, and the others miss nothing', async () => {
		const reader = await open();
		const socket = connect({ port: api.port, host: '127.0.0.1' });
		socket.write(`GET /v3/events HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer ${KEYS.device}\r\n\r\n`);
		socket.pause();
		socket.on('error', () => undefined); // it is cut off
		await until(() => listening === 2);
		let sent = 0;
		while (listening === 2 && sent < 100_000) {
			sent += 1;
			heard.notify(entry(sent, 1, 'x'.repeat(1000)));
			if (sent % 50 === 0) await until(() => reader.of('history').length === sent);
		}
		await until(() => listening === 1);
		expect(sent).to.be.greaterThan(200); // 256 KiB, and what the system holds
		await until(() => reader.of('history').length === sent);
		socket.destroy();
	});

	it('v3-api #1: 6.3: sends a comment every 15 seconds, also when much happens', async () => {
		const reader = await open();
		for (let second = 0; second < 61; second++) {
			await publish({ applying: second % 2 === 0 });
			await clock.advance(700);
		}
		await until(() => reader.events.filter((event) => event === ': ping').length === 4);
	});

	it('HEAD of it ends at once', async () => {
		const { status: code, body } = await api.call('HEAD', '/v3/events', { key: KEYS.device });
		expect([code, body, listening]).to.deep.equal([200, '', 0]);
	});

	it('is over when the server closes its connections', async () => {
		const { response } = await open();
		const closed = once(response, 'close');
		response.destroy();
		await closed;
		await until(() => listening === 0);
	});
});
