import { connect } from 'node:net';
import { expect } from 'chai';

import type { ControlCallError } from '../../../../tools/cloud/control-client.ts';
import type { NewFaultInput } from '../../../../tools/cloud/control-schemas.ts';
import type { Fixture } from './cloud-fixture.ts';
import { KEY, startFixture, UUID } from './cloud-fixture.ts';

describe('tools/cloud: faults', () => {
	let fixture: Fixture;

	beforeEach(async () => {
		fixture = await startFixture();
	});

	afterEach(() => fixture.cloud.stop());

	const failureOf = (promise: Promise<unknown>) =>
		promise.then(
			() => undefined,
			(error: unknown) => (error instanceof Error && 'code' in error ? error.code : String(error)),
		);

	it('affect the given number of requests, and end then', async () => {
		await fixture.client.createFault({ times: 2, status: 503, headers: { 'Retry-After': '20' } });
		const answers = [await fixture.poll(), await fixture.poll(), await fixture.poll()];
		expect(answers.map(({ status }) => status)).to.deep.equal([503, 503, 200]);
		expect(answers[0]?.headers['retry-after']).to.equal('20');
		expect(await fixture.client.listFaults()).to.deep.equal([]);
	});

	it('match by method and by the beginning of the path or an expression', async () => {
		await fixture.client.createFault({ match: { method: 'PATCH', path: '/device/v3/' }, status: 500 });
		await fixture.client.createFault({ match: { path: '/^/device/v3/[0-9a-f]+/state$/' }, status: 429 });
		const statuses = [
			(await fixture.report({})).status,
			(await fixture.poll()).status,
			(await fixture.get('/ping')).status,
		];
		expect(statuses).to.deep.equal([500, 429, 200]);
	});

	it('do not reach the control API', async () => {
		await fixture.client.createFault({ status: 500 });
		await fixture.client.deleteFaults();
		expect((await fixture.get('/ping')).status).to.equal(200);
	});

	it('with a status keep the cloud from acting', async () => {
		await fixture.client.createFault({ status: 500 });
		await fixture.report({ status: 'Idle' });
		const device = await fixture.client.getDevice(UUID);
		expect(device.reportCount).to.equal(0);
		expect((await fixture.client.listReports(UUID)).map(({ status }) => status)).to.deep.equal([500]);
	});

	it('drop a connection before the cloud acts, or after', async () => {
		await fixture.client.createFault({ times: 1, drop: 'before' });
		expect(await failureOf(fixture.report({ status: 'Idle' }))).to.equal('ECONNRESET');
		expect((await fixture.client.getDevice(UUID)).reportCount).to.equal(0);
		await fixture.client.createFault({ times: 1, drop: 'after' });
		expect(await failureOf(fixture.report({ status: 'Idle' }))).to.equal('ECONNRESET');
		expect((await fixture.client.getDevice(UUID)).reportCount).to.equal(1);
		const requests = await fixture.client.listRequests();
		expect(requests.slice(-2).map(({ status }) => status)).to.deep.equal([null, null]);
	});

	it('break off in the middle of the body', async () => {
		await fixture.client.createFault({ times: 1, truncate: 5 });
		expect(await failureOf(fixture.poll())).to.equal('ECONNRESET');
		expect((await fixture.poll()).status).to.equal(200);
	});

	it('replace the body', async () => {
		await fixture.client.createFault({
			times: 1,
			body: 'not json',
			headers: { 'Content-Type': 'application/json', ETag: 'W/"x"' },
		});
		await fixture.client.createFault({ times: 1, body: { d: [] } });
		const answer = await failureOf(fixture.poll());
		expect(answer).to.contain('SyntaxError');
		expect((await fixture.poll()).body).to.deep.equal({ d: [] });
	});

	it('make the cloud slow', async () => {
		await fixture.client.createFault({ times: 1, delayMs: 60 });
		const start = performance.now();
		await fixture.poll();
		expect(performance.now() - start).to.be.greaterThan(55);
	});

	it('do not keep the cloud from stopping', async () => {
		await fixture.client.createFault({ delayMs: 60_000 });
		const failure = failureOf(fixture.poll());
		while ((await fixture.client.listRequests()).at(-1)?.method !== 'GET') {
			// the request is on its way
		}
		await fixture.cloud.stop();
		expect(await failure).to.equal('ECONNRESET');
	});

	it('have a misspelt name refused', async () => {
		const misspelt = fixture.client.createFault({ delay: 5 } as object);
		expect(await misspelt.then(String, (error: unknown) => (error as ControlCallError).status)).to.equal(400);
	});

	it('reset a connection', async () => {
		await fixture.client.createFault({ times: 1, drop: 'reset' });
		expect(await failureOf(fixture.poll())).to.equal('ECONNRESET');
	});

	it('answer nothing at all, or stop after the head or a few bytes, and leave the connection open', async () => {
		const heard = async (fault: NewFaultInput) => {
			const id = fixture.cloud.faults.add(fault);
			const text = await listenFor(fixture.cloud.port, `/device/v3/${UUID}/state`, 150);
			fixture.cloud.faults.remove(id);
			return text;
		};
		expect(await heard({ stall: 'silent' })).to.deep.equal({ isOpen: true, text: '' });
		const head = await heard({ stall: 0 });
		expect(head.isOpen).to.equal(true);
		expect(head.text).to.match(/^HTTP\/1.1 200 OK\r\n.*content-length: [0-9]{3}\r\n.*\r\n\r\n$/is);
		expect((await heard({ stall: 4 })).text.split('\r\n\r\n')[1]).to.equal(`{"${UUID.slice(0, 2)}`);
	});

	it('send the body a byte now and then', async () => {
		await fixture.client.createFault({ times: 1, body: 'slowly', trickle: { bytes: 2, everyMs: 20 } });
		const start = performance.now();
		expect((await fixture.get('/ping')).text).to.equal('slowly');
		expect(performance.now() - start).to.be.within(35, 400);
	});

	it('give no entity tag, or a wrong one', async () => {
		const { etag = '' } = (await fixture.poll()).headers;
		const pollWith = async (fault: NewFaultInput) => {
			await fixture.client.createFault({ times: 1, ...fault });
			const { status, headers } = await fixture.poll({ 'if-none-match': etag });
			return { status, etag: headers.etag };
		};
		expect(await pollWith({ etag: null })).to.deep.equal({ status: 200, etag: undefined });
		expect(await pollWith({ etag: 'W/"other"' })).to.deep.equal({ status: 200, etag: 'W/"other"' });
		expect(await pollWith({ delayMs: 0 })).to.deep.equal({ status: 304, etag });
	});

	it('send half a gzip stream, text that is no UTF-8, and what is no HTTP', async () => {
		await fixture.client.createFault({ times: 1, mangle: 'half-gzip' });
		expect(await failureOf(fixture.poll())).to.equal('Z_BUF_ERROR');
		await fixture.client.createFault({ times: 1, mangle: 'bad-utf8' });
		expect(JSON.stringify((await fixture.poll()).body)).to.contain('\ufffd');
		await fixture.client.createFault({ times: 1, mangle: 'not-http' });
		expect(await failureOf(fixture.poll())).to.equal('HPE_INVALID_CONSTANT');
	});

	it('keep an answer until another request is answered', async () => {
		await fixture.client.createFault({ times: 1, match: { path: '/ping' }, holdUntil: { method: 'PATCH' } });
		const order: string[] = [];
		const note = (name: string) => () => void order.push(name);
		const held = fixture.get('/ping').then(note('ping'));
		await fixture.poll().then(note('poll'));
		await fixture.report({ status: 'Idle' }).then(note('report'));
		await held;
		expect(order[0]).to.equal('poll');
		expect(order).to.have.members(['poll', 'report', 'ping']);
		await fixture.client.createFault({ holdUntil: { path: '/never' } });
		const letGo = fixture.get('/ping');
		while (fixture.cloud.faults.list()[0]?.hits !== 1) await new Promise((resolve) => setImmediate(resolve));
		await new Promise((resolve) => setTimeout(resolve, 20));
		await fixture.client.deleteFaults();
		expect((await letGo).status).to.equal(200);
	});

	it('limit the rate of requests, and say when to come again', async () => {
		await fixture.client.createFault({ match: { path: '/ping' }, rateLimit: { requests: 2, windowMs: 150 } });
		const ask = async () => {
			const { status, headers } = await fixture.get('/ping');
			return `${status} ${headers['retry-after'] ?? ''}`;
		};
		expect([await ask(), await ask(), await ask(), await ask()]).to.deep.equal(['200 ', '200 ', '429 1', '429 1']);
		expect((await fixture.poll()).status).to.equal(200);
		await new Promise((resolve) => setTimeout(resolve, 160));
		expect(await ask()).to.equal('200 ');
	});
});

/** What comes for a request within a while, and whether the connection is open then. */
async function listenFor(port: number, path: string, ms: number): Promise<{ isOpen: boolean; text: string }> {
	const socket = connect(port, '127.0.0.1').setEncoding('utf8');
	let text = '';
	socket.on('data', (piece: string) => (text += piece)).on('error', () => undefined);
	socket.write(`GET ${path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${KEY}\r\n\r\n`);
	await new Promise((resolve) => setTimeout(resolve, ms));
	const isOpen = !socket.readableEnded && !socket.destroyed;
	socket.destroy();
	return { isOpen, text };
}
