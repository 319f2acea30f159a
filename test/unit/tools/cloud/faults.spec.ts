import { expect } from 'chai';

import type { Fixture } from './cloud-fixture.ts';
import { startFixture, UUID } from './cloud-fixture.ts';

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

	it('meet as many requests as they are told to, and are gone then', async () => {
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
});
