import { execFile, execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { createGunzip } from 'node:zlib';
import { expect } from 'chai';
import { HttpLogUplink } from '../../../../src/adapters/http/index.ts';
import type { LogConnection } from '../../../../src/ports/log-uplink.ts';
import { KEY, startFixture, UUID, type Fixture } from '../../tools/cloud/cloud-fixture.ts';
import { readRecording } from '../../tools/cloud/recordings.ts';

const uplink = new HttpLogUplink({ connectTimeoutMs: 2000 });
const never = new AbortController().signal;
const line = (message: string) => `${JSON.stringify({ message, timestamp: 1, isSystem: true })}\n`;

async function listen(server: Server): Promise<string> {
	server.listen({ host: '127.0.0.1', port: 0 });
	await once(server, 'listening');
	return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

describe('the way of log lines over HTTP', () => {
	let fixture: Fixture;
	let url: string;
	const connections: LogConnection[] = [];

	beforeEach(async () => {
		fixture = await startFixture({ requestTimeoutMs: 400 });
		url = `${fixture.cloud.url}/device/v2/${UUID}/log-stream`;
	});
	afterEach(async () => {
		for (const connection of connections.splice(0)) connection.destroy();
		await fixture.cloud.stop();
	});

	const open = async (target: { readonly url?: string; readonly deviceApiKey?: string } = {}) => {
		const connection = await uplink.open({ url, deviceApiKey: KEY, ...target }, never);
		connections.push(connection);
		return connection;
	};
	const messages = async () => (await fixture.client.listLogs(UUID)).map(({ message }) => message);

	it('can be read line by line while it lasts, and ends with the answer of a real cloud', async () => {
		const connection = await open();
		await connection.write(line('one'));
		while ((await messages()).length < 1);
		await connection.write(line('two') + line('three'));
		connection.end();
		const { status } = readRecording('log-stream-gzip-ok').response;
		expect(await connection.over).to.deep.equal({ kind: 'answered', status });
		expect(await messages()).to.deep.equal(['one', 'two', 'three']);
		expect(await fixture.client.countLogStreams(UUID)).to.deep.equal({ opened: 1, ended: 1, broken: 0, lines: 3 });
	});

	it('hears a refusal while it is open, and the cut after a while', async () => {
		const refused = await open({ deviceApiKey: 'wrong' });
		expect(await refused.over).to.deep.equal({
			kind: 'answered',
			status: readRecording('log-stream-bad-key').response.status,
		});
		const cut = await open();
		const { status } = readRecording('log-stream-request-timeout').response;
		expect(await cut.over).to.deep.equal({ kind: 'answered', status });
		await cut.write(line('unread')); // resolves all the same
	});

	for (const status of [401, 503]) {
		it(`hears a fault of the cloud: ${status}`, async () => {
			await fixture.client.createFault({ match: { path: '/device/v2/' }, status });
			expect(await (await open()).over).to.deep.equal({ kind: 'answered', status });
		});
	}

	it('hears that the connection is closed', async () => {
		await fixture.client.createFault({ match: { path: '/device/v2/' }, drop: 'before' });
		expect((await (await open()).over).kind).to.equal('broken');
	});

	it('waits while the cloud takes nothing, and can be given up then', async () => {
		await fixture.client.createFault({ match: { path: '/device/v2/' }, delayMs: 60_000 });
		const connection = await open();
		let isWritten = false;
		// Nothing that could be compressed: it must not fit into what lies between us.
		const noise = Array.from({ length: 120_000 }, () => Math.random().toString(36)).join('');
		const writing = (async () => {
			for (let index = 0; index < 10; index++) await connection.write(noise);
		})().then(() => (isWritten = true));
		await new Promise((resolve) => setTimeout(resolve, 300));
		expect(isWritten).to.equal(false);
		connection.destroy();
		await writing;
		expect((await connection.over).kind).to.equal('broken');
	});

	it('cannot be opened to a closed port, or to an invalid URL', async () => {
		const codeOf = (promise: Promise<unknown>) =>
			promise.then(String, (error: unknown) => (error as { code?: string }).code);
		expect(await codeOf(open({ url: 'http://127.0.0.1:1/' }))).to.equal('http-unreachable');
		expect(await codeOf(open({ url: 'nonsense' }))).to.equal('http-bad-url');
		expect(await codeOf(open({ url: 'ftp://127.0.0.1/' }))).to.equal('http-bad-url');
	});

	it('cloud-api #48: has exactly the headers that it should have, and those at once', async () => {
		const seen: IncomingMessage[] = [];
		const server = createServer((request) => void seen.push(request));
		const address = await listen(server);
		const connection = await open({ url: `http://${address}/device/v2/x/log-stream` });
		while (seen.length === 0) await new Promise((resolve) => setImmediate(resolve));
		expect(seen[0]?.method).to.equal('POST');
		expect(seen[0]?.headers).to.deep.equal({
			authorization: `Bearer ${KEY}`,
			'content-type': 'application/x-ndjson',
			'content-encoding': 'gzip',
			'transfer-encoding': 'chunked',
			host: address,
			connection: seen[0]?.headers.connection,
		});
		connection.destroy();
		server.close();
	});

	it('goes over TLS, to whom an authority of the device vouches for', async function () {
		const folder = mkdtempSync(join(tmpdir(), 'authority-'));
		const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
		const name = ['-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1'];
		const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
		execFileSync('openssl', ['req', '-x509', ...kind, '-keyout', key, '-out', cert, ...name], { stdio: 'pipe' });
		const bodies: string[] = [];
		const server = createTlsServer({ key: readFileSync(key), cert: readFileSync(cert) }, (request, response) => {
			let text = '';
			request
				.pipe(createGunzip())
				.on('data', (chunk: Buffer) => (text += chunk.toString()))
				.on('end', () => {
					bodies.push(text);
					response.writeHead(201).end();
				});
		});
		const address = await listen(server);
		const send = async (environment: Readonly<Record<string, string>>) => {
			const args = ['--import', 'tsx', join(import.meta.dirname, 'send-log.ts'), `https://${address}/`];
			const env = { PATH: process.env['PATH'], ...environment };
			return (await promisify(execFile)(process.execPath, args, { env })).stdout.trim();
		};
		expect(await send({})).to.equal('http-unreachable');
		expect(await send({ NODE_EXTRA_CA_CERTS: cert })).to.equal('answered 201');
		expect(bodies).to.deep.equal(['{"message":"over TLS"}\n']);
		server.close();
		rmSync(folder, { recursive: true });
	});
});
