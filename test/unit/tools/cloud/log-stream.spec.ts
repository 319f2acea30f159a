import type { ClientRequest, IncomingMessage } from 'node:http';
import { request as httpRequest } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { createGzip } from 'node:zlib';

import { expect } from 'chai';

import type { Fixture } from './cloud-fixture.ts';
import { KEY, startFixture, UUID } from './cloud-fixture.ts';
import { readRecording } from './recordings.ts';

const GONE_DELAY_MS = 100;

describe('tools/cloud: log stream', () => {
	let fixture: Fixture;

	beforeEach(async () => {
		fixture = await startFixture({ requestTimeoutMs: 300, goneLogStreamDelayMs: GONE_DELAY_MS });
	});

	afterEach(() => fixture.cloud.stop());

	const open = (headers: Readonly<Record<string, string>> = {}): ClientRequest => {
		const request = httpRequest(`${fixture.cloud.url}/device/v2/${UUID}/log-stream`, {
			method: 'POST',
			agent: false,
			headers: { authorization: `Bearer ${KEY}`, 'content-type': 'application/x-ndjson', ...headers },
		});
		request.flushHeaders();
		return request;
	};
	const responseOf = (request: ClientRequest) =>
		new Promise<IncomingMessage>((resolve, reject) => {
			request.on('error', reject);
			request.on('response', (response) => resolve(response.resume()));
		});
	const messages = async () => (await fixture.client.listLogs(UUID)).map(({ message }) => message);
	const line = (message: string) => `${JSON.stringify({ message, timestamp: 1, isSystem: true })}\n`;
	const until = async (count: number) => {
		while ((await messages()).length < count) {
			await sleep(2);
		}
	};

	it('stores lines as they come, compressed, and answers at the end', async () => {
		const request = open({ 'content-encoding': 'gzip' });
		const answered = responseOf(request);
		const gzip = createGzip();
		gzip.pipe(request);
		gzip.write(line('one'));
		gzip.flush();
		await until(1);
		gzip.end(line('two'));
		expect((await answered).statusCode).to.equal(201);
		expect(await messages()).to.deep.equal(['one', 'two']);
	});

	it('keeps together a line and a character that arrive in pieces', async () => {
		const request = open();
		const bytes = Buffer.from(line('snö ☃'));
		const split = bytes.indexOf(Buffer.from('☃')) + 1;
		request.write(bytes.subarray(0, split));
		await sleep(10);
		request.end(bytes.subarray(split));
		expect((await responseOf(request)).statusCode).to.equal(201);
		expect(await messages()).to.deep.equal(['snö ☃']);
	});

	it('refuses while the request is still open', async () => {
		const statuses = [{ authorization: 'Bearer unknown' }, { 'content-type': 'text/plain' }].map(async (headers) => {
			const request = open(headers);
			const { statusCode } = await responseOf(request);
			request.destroy();
			return statusCode;
		});
		expect(await Promise.all(statuses)).to.deep.equal([401, 415]);
	});

	it('holds one of a deleted device for a time before it refuses it, and stores nothing of it', async () => {
		await fixture.client.updateDevice(UUID, { deleted: true });
		const startedAt = performance.now();
		const request = open();
		request.write(line('one'));
		expect((await responseOf(request)).statusCode).to.equal(401);
		expect(performance.now() - startedAt).to.be.at.least(GONE_DELAY_MS);
		request.destroy();
		expect(await messages()).to.deep.equal([]);
		expect((await fixture.client.countLogStreams(UUID)).opened).to.equal(0);
	});

	it('ends in order while it holds one', async () => {
		await fixture.client.updateDevice(UUID, { deleted: true });
		const request = open();
		const ended = new Promise((resolve) => request.once('error', resolve));
		await sleep(10);
		await fixture.cloud.stop();
		expect(String(await ended)).to.include('socket hang up');
	});

	it('stops at a line that is not JSON, and keeps those before it', async () => {
		const request = open();
		request.write(`${line('one')}not json\n${line('two')}`);
		expect((await responseOf(request)).statusCode).to.equal(400);
		request.destroy();
		expect(await messages()).to.deep.equal(['one']);
	});

	it('cuts a stream that lasts too long, although lines keep coming', async () => {
		const recorded = readRecording('log-stream-request-timeout').response;
		const request = open();
		const answered = responseOf(request);
		const writing = setInterval(() => request.write(line('tick')), 20);
		try {
			const response = await answered;
			expect(response.statusCode).to.equal(recorded.status);
			expect(response.headers.connection).to.equal(recorded.headers.connection);
			expect(response.headers['content-length']).to.equal(undefined);
		} finally {
			clearInterval(writing);
			request.destroy();
		}
		expect((await messages()).length).to.be.greaterThan(1);
	});

	it('keeps what came before a device vanished', async () => {
		const request = open({ 'content-encoding': 'gzip' });
		request.on('error', () => undefined); // we break it ourselves
		const gzip = createGzip();
		gzip.pipe(request);
		gzip.write(line('last words'));
		gzip.flush();
		await until(1);
		request.destroy();
		expect(await messages()).to.deep.equal(['last words']);
	});

	it('does not keep the cloud from stopping', async () => {
		const request = open();
		const failure = responseOf(request).then(
			() => undefined,
			(error: unknown) => error,
		);
		request.write(line('one'));
		await until(1);
		const start = performance.now();
		await fixture.cloud.stop();
		expect(performance.now() - start).to.be.lessThan(3000); // what an idle connection is kept for is longer
		expect(await failure).to.be.instanceOf(Error);
	});
});
