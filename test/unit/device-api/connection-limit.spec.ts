import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { expect } from 'chai';
import express from 'express';
import { Access } from '../../../src/device-api/access.ts';
import { CONNECTIONS_MAX, ConnectionLimit } from '../../../src/device-api/connection-limit.ts';

const MORE = 30;
const OF_LOOPBACK = 20;

describe('connections to the API', () => {
	let server: Server;
	let port: number;
	let clients: Socket[];

	beforeEach(async () => {
		const api = express();
		api.get('/v1/healthy', (_request, response) => void response.send('OK'));
		api.get('/known', (_request, response) => {
			Object.assign(response.locals, { access: new Access([]) });
			response.send('known');
		});
		api.get('/slow', (_request, response) => void response.write('slow'));
		server = createServer({ keepAliveTimeout: 60_000 }, api).listen(0, '127.0.0.1');
		new ConnectionLimit().guard(server);
		await once(server, 'listening');
		({ port } = server.address() as AddressInfo);
		clients = [];
	});
	afterEach(async () => {
		clients.forEach((client) => client.destroy());
		server.closeAllConnections();
		await new Promise((resolve) => server.close(resolve));
	});

	async function open(request = ''): Promise<Socket> {
		const client = connect({ port, host: '127.0.0.1' }).on('error', () => undefined);
		clients.push(client);
		await once(client, 'connect');
		if (request !== '') {
			client.write(`GET ${request} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`);
			await once(client, 'data');
		}
		return client.resume();
	}

	async function openMany(count: number): Promise<void> {
		for (let opened = 0; opened < count; opened++) await open();
	}

	const ofServer = () => new Promise<number>((resolve) => server.getConnections((_, count) => resolve(count)));
	const isHealthy = async () => (await fetch(`http://127.0.0.1:${port}/v1/healthy`)).text();

	it('that are idle and never showed a key go first, the oldest of them before the others', async () => {
		const known = await open('/known');
		const slow = await open('/slow');
		const oldest = await open();
		await openMany(CONNECTIONS_MAX + MORE);
		const newest = await open();
		expect(await isHealthy()).to.equal('OK');
		expect(await ofServer()).to.be.within(CONNECTIONS_MAX, CONNECTIONS_MAX + MORE);
		expect([known, slow, newest].map(({ destroyed }) => destroyed)).to.deep.equal([false, false, false]);
		expect(oldest.destroyed).to.equal(true);
	});

	it('are refused when all others are being answered', async () => {
		for (let opened = 0; opened < CONNECTIONS_MAX + OF_LOOPBACK; opened++) await open('/slow');
		expect(await isHealthy().catch(() => 'refused')).to.equal('refused');
		expect(clients.filter(({ destroyed }) => destroyed)).to.deep.equal([]);
	});
});
