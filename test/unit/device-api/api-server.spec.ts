import { expect } from 'chai';
import express from 'express';
import { ApiServer } from '../../../src/device-api/index.ts';
import { OperationalError } from '../../../src/ports/operational-error.ts';
import { recordingLog } from '../../support/logs.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';

describe('API server', () => {
	function make(address: () => { port: number; host?: string }) {
		const clock = new VirtualClock();
		const { log, lines } = recordingLog();
		const server = new ApiServer({
			api: express(),
			address: () => Promise.resolve({ ...address(), socketTimeoutMs: 1000 }),
			clock,
			log,
		});
		return { server, clock, lines };
	}

	it('does not delay the start while its address does not exist, and listens once it does', async () => {
		let host = '192.0.2.123'; // no interface has this one
		const { server, clock, lines } = make(() => ({ port: 0, host }));
		await server.start();
		const abort = new AbortController();
		const running = server.run(abort.signal);
		await clock.advance(3000);
		expect(lines).to.deep.equal([]);
		host = '127.0.0.1';
		for (let turn = 0; turn < 20 && lines.length === 0; turn++) {
			await clock.advance(1000);
		}
		expect(lines).to.have.length(1);
		abort.abort();
		await running;
		await server.stop(abort.signal);
	});

	it('device-api #68: refuses new connections when the device shuts down, answers requests under way, and continues if it does not', async () => {
		const api = express();
		let answer = () => undefined as unknown;
		api.get('/slow', (_request, response) => {
			answer = () => response.send('late');
		});
		const { log, lines } = recordingLog();
		const clock = new VirtualClock();
		const address = () => Promise.resolve({ port: 0, host: '127.0.0.1', socketTimeoutMs: 1000 });
		const server = new ApiServer({ api, address, clock, log });
		await server.start();
		const abort = new AbortController();
		const running = server.run(abort.signal);
		const url = `http://127.0.0.1:${server.port ?? 0}`;
		const slow = fetch(`${url}/slow`);
		await fetch(`${url}/none`); // the one before has arrived
		server.refuseCallers();
		await clock.advance(10_000);
		expect(server.port).to.equal(undefined);
		expect(await fetch(`${url}/none`).catch(() => 'refused')).to.equal('refused');
		answer();
		expect(await (await slow).text()).to.equal('late');
		server.admitCallers();
		for (let turn = 0; turn < 20 && server.port === undefined; turn++) await clock.advance(0);
		expect((await fetch(`http://127.0.0.1:${server.port ?? 0}/none`)).status).to.equal(404);
		expect(lines.map(({ message }) => message)[1]).to.equal('Stopped Supervisor API');
		abort.abort();
		await running;
		await server.stop(abort.signal);
	});

	it('says which port is taken', async () => {
		const first = make(() => ({ port: 0, host: '127.0.0.1' }));
		await first.server.start();
		const taken = first.server.port ?? 0;
		const second = make(() => ({ port: taken, host: '127.0.0.1' }));
		let failure: unknown;
		await second.server.start().catch((error: unknown) => (failure = error));
		expect(failure).to.be.instanceOf(OperationalError);
		expect((failure as Error).message).to.include(`cannot listen on port ${taken}`);
		await first.server.stop(AbortSignal.abort());
	});
});
