import { once } from 'node:events';
import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import { expect } from 'chai';
import Sinon from 'sinon';
import type { Route } from '../../../src/device-api/route.ts';
import { listAllRoutes, nameOf } from '../../../tools/openapi/build-document.ts';
import { KEYS, startRecordedApi, type RecordedApi } from './recorded-api.ts';

const LIMIT_BYTES = 10 * 1024 * 1024;
const key = KEYS.device;
const pathOf = ({ path }: Route) =>
	path
		.replace(/:(appId|id)/, '1')
		.replace(':uuid', 'u1')
		.replace(':name', 'alpha');
const methodOf = ({ method }: Route) => method.toUpperCase();
/** Of v3 it is the detail of a problem. */
const messageOf = (body: string) => {
	const { message, detail } = JSON.parse(body) as { readonly message?: string; readonly detail?: string };
	return message ?? detail;
};

/** What everybody may send, on each route of the API. */
describe('bad input of the device API', () => {
	let api: RecordedApi;
	let listenersBefore: object;
	before(async () => {
		api = await startRecordedApi();
		listenersBefore = listenersOfProcess();
	});
	afterEach(() => void api.calls.splice(0));
	after(async () => {
		expect((await api.call('GET', '/ping')).status).to.equal(200);
		await noConnections();
		await api.close();
		expect(listenersOfProcess()).to.deep.equal(listenersBefore);
		expect(Object.keys(Object.prototype)).to.deep.equal([]);
	});

	async function noConnections(): Promise<void> {
		for (let turn = 0; turn < 10_000 && (await api.connections()) > 0; turn++) await new Promise(setImmediate);
		expect(await api.connections()).to.equal(0);
	}

	/** The head of a request as it is, and whatever comes back until the other side or the text ends it. */
	async function sendRaw(text: string): Promise<string> {
		const socket = connect({ port: api.port, host: '127.0.0.1' });
		socket.write(text);
		let answer = '';
		socket.setEncoding('utf8').on('data', (part: string) => {
			answer += part;
			socket.end();
		});
		socket.on('error', () => undefined); // how it ends is not the question
		await once(socket, 'close');
		return answer;
	}

	for (const route of listAllRoutes()) {
		const [name, method, path] = [nameOf(route), methodOf(route), pathOf(route)];
		const isParsed = route.access !== 'open' && route.ignoresBody !== true;

		it(`${name}: JSON that is broken, or no object, does nothing`, async () => {
			for (const body of ['{', '"x"', '3', 'null', '{"a":1}}', '\u0000', '[1,']) {
				const answer = await api.call(method, path, { key, body });
				if (isParsed) {
					expect([answer.status, api.calls]).to.deep.equal([400, []], body);
				} else {
					expect(answer.status).to.equal(200);
				}
			}
		});

		it(`${name}: a body that becomes too large does nothing`, async () => {
			const bomb = await api.call(method, path, { key, body: BOMB, headers: { 'content-encoding': 'gzip' } });
			if (isParsed) {
				expect([bomb.status, messageOf(bomb.body)]).to.deep.equal([413, 'request entity too large']);
				expect(api.calls).to.deep.equal([]);
			} else {
				expect(bomb.status).to.equal(200);
			}
		});

		it(`${name}: members of a wrong type, or with the names of built-in ones, are none`, async () => {
			for (const body of [
				'{"__proto__":{"appId":1,"force":true},"constructor":{"prototype":{"force":true}}}',
				'{"appId":{},"serviceName":["alpha"],"imageId":{"toString":1},"force":{},"count":[],"unit":{}}',
				'[]',
				'[{"appId":1}]',
			]) {
				const answer = await api.call(method, path, { key, body });
				const needsMore = /^POST .*(restart|purge|-service)$/.test(name) && !name.endsWith('/:appId/restart');
				const isPurge = name === 'POST /v2/applications/:appId/purge';
				if (needsMore && !isPurge) expect([body, answer.status, api.calls]).to.deep.equal([body, 400, []]);
				expect(api.calls.join()).not.to.include('"force":true');
				expect(answer.status).to.be.below(500);
				api.calls.splice(0);
			}
			const form = { 'content-type': 'application/x-www-form-urlencoded' };
			const body = '__proto__[appId]=1&a[__proto__][force]=1&hasOwnProperty=1&toString=1';
			expect((await api.call(method, path, { key, body, headers: form })).status).to.be.below(500);
		});

		it(`${name}: no other method does anything`, async () => {
			const others = listAllRoutes().filter((other) => other.path === route.path);
			for (const odd of ['PUT', 'DELETE', 'TRACE', 'PROPFIND', 'POST', 'PATCH']) {
				if (others.some((other) => methodOf(other) === odd)) continue;
				expect((await api.call(odd, path)).status, odd).to.equal(401);
				expect((await api.call(odd, path, { key })).status, odd).to.equal(404);
			}
			expect((await api.call('OPTIONS', path, { key })).headers.allow).to.include(method);
			expect(await sendRaw(`CONNECT ${path} HTTP/1.1\r\nhost: localhost\r\n\r\n`)).to.equal('');
			expect(await sendRaw(`NONSENSE ${path} HTTP/1.1\r\nhost: localhost\r\n\r\n`)).to.match(/^HTTP\/1.1 400 /);
			expect(api.calls).to.deep.equal([]);
		});

		it(`${name}: a client that hangs up in mid-request leaves nothing behind`, async () => {
			const socket = connect({ port: api.port, host: '127.0.0.1' });
			const head = `${method} ${path} HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer ${key}\r\n`;
			socket.write(`${head}content-type: application/json\r\ncontent-length: 100\r\n\r\n{"appId":1,`);
			await once(socket, 'connect');
			socket.destroy();
			await noConnections();
			if (isParsed) expect(api.calls).to.deep.equal([]);
		});

		if (route.path.includes(':appId')) {
			it(`${name}: an app id that is none, or cannot be read, does nothing`, async () => {
				for (const id of ['x', '1e3', '0x1', '1.5', '%20', '__proto__', '9'.repeat(400), '%F0%9F%92%A9', '1%2F2']) {
					const answer = await api.call(method, route.path.replace(':appId', id), {
						key,
						body: { serviceName: 'alpha' },
					});
					expect([id, answer.status]).to.deep.equal([id, 400]);
				}
				for (const id of ['%zz', '%', '%C0%80']) {
					const answer = await api.call(method, route.path.replace(':appId', id), { key });
					expect([answer.status, messageOf(answer.body)]).to.deep.equal([400, `Failed to decode param '${id}'`]);
				}
				expect(api.calls).to.deep.equal([]);
			});

			it(`${name}: an app that is not there is said to be so`, async () => {
				const answer = await api.call(method, route.path.replace(':appId', '77'), {
					key,
					body: { serviceName: 'alpha' },
				});
				expect(answer.status).to.be.oneOf([400, 404, 409, 503]);
				expect(api.calls.join()).not.to.include('submit');
			});
		}
	}

	it('memory is given back after a large body, and after many requests', async () => {
		const collectSoon = Sinon.stub();
		const other = await startRecordedApi({ collectSoon });
		const closed = async (times: number) => {
			for (let turn = 0; turn < 100 && collectSoon.callCount < times; turn++) await new Promise(setImmediate);
			Sinon.assert.callCount(collectSoon, times);
		};
		for (let index = 0; index < 499; index++) await other.call('GET', '/ping');
		await closed(0);
		await other.call('GET', '/ping');
		await closed(1);
		await other.call('POST', '/v1/update', { key, body: BOMB, headers: { 'content-encoding': 'gzip' } });
		await closed(2);
		await other.call('POST', '/v1/update', { key, body: { a: 'x'.repeat(256 * 1024) } });
		await closed(3);
		await other.close();
	});

	it('a very long path is not found, and one without end is not read', async () => {
		expect((await api.call('GET', `/${'a/'.repeat(4000)}`, { key })).status).to.equal(404);
		expect((await api.call('GET', `/v2/version?a=${'b'.repeat(8000)}`, { key })).status).to.equal(200);
		expect(await sendRaw(`GET /${'a'.repeat(20_000)} HTTP/1.1\r\nhost: localhost\r\n\r\n`)).to.match(/^HTTP\/1.1 431 /);
	});

	it('unknown encodings and character sets are an error of the request', async () => {
		const unknown = await api.call('POST', '/v1/update', {
			key,
			body: '{}',
			headers: { 'content-encoding': 'compress' },
		});
		expect(unknown.status).to.equal(415);
		expect(messageOf(unknown.body)).to.equal('unsupported content encoding "compress"');
		const broken = await api.call('POST', '/v1/update', { key, body: '{}', headers: { 'content-encoding': 'gzip' } });
		expect(broken.status).to.equal(400);
		const deep = '['.repeat(200_000) + ']'.repeat(200_000);
		expect((await api.call('POST', '/v1/update', { key, body: deep })).status).to.equal(204);
		const many = Array.from({ length: 2000 }, (_, index) => `a${index}=1`).join('&');
		const form = { 'content-type': 'application/x-www-form-urlencoded' };
		expect((await api.call('POST', '/v1/update', { key, body: many, headers: form })).status).to.equal(413);
	});
});

const BOMB = gzipSync(Buffer.alloc(LIMIT_BYTES + 1, ' '), { level: 1 });

function listenersOfProcess(): Readonly<Record<string, number>> {
	return Object.fromEntries(process.eventNames().map((name) => [String(name), process.listenerCount(name)]));
}
