import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer, globalAgent } from 'node:https';
import { createServer as createPlainServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect } from 'chai';
import { GotClient } from '../../../../src/adapters/http/index.ts';
import type { HttpRequest } from '../../../../src/ports/http-client.ts';

const client = new GotClient();
const send = (url: string, change: Partial<HttpRequest> = {}) =>
	client.request(
		{ method: 'GET', url, headers: { authorization: 'Bearer key' }, timeoutMs: 2000, redirectsMax: 5, ...change },
		new AbortController().signal,
	);

describe('requests to the cloud', () => {
	const servers: Server[] = [];
	const listen = async (listener: RequestListener): Promise<string> => {
		const server = createServer(listener).listen(0, '127.0.0.1');
		servers.push(server);
		await once(server, 'listening');
		return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
	};
	const echo = ({ method, headers }: IncomingMessage) => `${method} ${headers.authorization ?? 'no key'}`;

	afterEach(() => {
		for (const server of servers.splice(0)) {
			server.closeAllConnections();
			server.close();
		}
	});

	it('take their key to another place of the same origin, and to no other origin', async () => {
		const other = await listen((request, response) => response.end(echo(request)));
		const here = await listen((request, response) => {
			const location = { '/near': '/end', '/far': `${other}/end`, '/and-back': `${other}/end` }[request.url ?? ''];
			response.writeHead(location === undefined ? 200 : 307, location === undefined ? {} : { location });
			response.end(echo(request));
		});
		expect((await send(`${here}/near`)).body).to.equal('GET Bearer key');
		expect((await send(`${here}/far`)).body).to.equal('GET no key');
		expect((await send(`${here}/far`, { method: 'PATCH', body: {} })).body).to.equal('PATCH no key');
	});

	it('take no key from TLS to the same port without it, nor back', async function () {
		const both = await listenBothWays((request, response) => {
			const isTls = 'encrypted' in request.socket;
			const location = { '/down': `http://${both.host}/end`, '/up': `https://${both.host}/end` }[request.url ?? ''];
			response.writeHead(location === undefined ? 200 : 302, location === undefined ? {} : { location });
			response.end(`${isTls ? 'TLS' : 'plain'} ${echo(request)}`);
		});
		globalAgent.options.ca = both.cert;
		try {
			expect((await send(`https://${both.host}/end`)).body).to.equal('TLS GET Bearer key');
			expect((await send(`https://${both.host}/down`)).body).to.equal('plain GET no key');
			expect((await send(`http://${both.host}/up`)).body).to.equal('TLS GET no key');
		} finally {
			delete globalAgent.options.ca;
			both.close();
		}
	});

	it('keep what they say when they are sent elsewhere', async () => {
		const here = await listen((request, response) => {
			if (request.url === '/old') return response.writeHead(301, { location: '/new' }).end();
			let body = '';
			request.on('data', (piece: Buffer) => (body += piece.toString()));
			return request.on('end', () => response.end(`${request.method} ${body}`));
		});
		expect((await send(`${here}/old`, { method: 'PATCH', body: { a: 1 } })).body).to.equal('PATCH {"a":1}');
		expect((await send(`${here}/old`, { method: 'POST', body: { a: 1 } })).body).to.equal('POST {"a":1}');
	});

	it('see the last answer of too many redirects', async () => {
		const here = await listen((_request, response) => response.writeHead(302, { location: '/again' }).end());
		expect((await send(here)).status).to.equal(302);
	});

	it('stop reading what unpacks to more than any answer', async () => {
		const bomb = gzipSync(Buffer.alloc(64 * 1024 * 1024));
		const here = await listen((_request, response) => response.setHeader('content-encoding', 'gzip').end(bomb));
		const failure: unknown = await send(here, { bodyMaxBytes: 1024 * 1024 }).catch((error: unknown) => error);
		expect(bomb.length).to.be.lessThan(100_000);
		expect(failure).to.have.property('code', 'http-too-large');
	});

	it('say of text in another encoding that it is garbled, and the status all the same', async () => {
		const here = await listen((_request, response) =>
			response.writeHead(401).end(Buffer.from('gesch\xfctzt', 'latin1')),
		);
		expect(await send(here)).to.include({ status: 401, isGarbled: true, body: 'gesch\ufffdtzt' });
	});
});

interface BothWays {
	readonly host: string;
	readonly cert: Buffer;
	readonly close: () => void;
}

/** One port for both: the first byte of a connection shows which protocol it is. */
async function listenBothWays(listener: RequestListener): Promise<BothWays> {
	const folder = mkdtempSync(join(tmpdir(), 'both-ways-'));
	const [keyPath, certPath] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
	const name = ['-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1'];
	const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
	execFileSync('openssl', ['req', '-x509', ...kind, '-keyout', keyPath, '-out', certPath, ...name], { stdio: 'pipe' });
	const cert = readFileSync(certPath);
	const tls = createTlsServer({ key: readFileSync(keyPath), cert }, listener);
	rmSync(folder, { recursive: true });
	const plain = createServer(listener);
	const server = createPlainServer((socket) => {
		socket.once('data', (first: Buffer) => {
			socket.pause();
			socket.unshift(first);
			(first[0] === 0x16 ? tls : plain).emit('connection', socket);
			process.nextTick(() => socket.resume());
		});
	}).listen(0, '127.0.0.1');
	await once(server, 'listening');
	return {
		host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
		cert,
		close: () => {
			tls.closeAllConnections();
			plain.closeAllConnections();
			server.close();
		},
	};
}
