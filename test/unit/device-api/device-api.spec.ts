import { expect } from 'chai';
import Sinon from 'sinon';
import { once } from 'node:events';
import {
	createServer,
	request as httpRequest,
	type IncomingHttpHeaders,
	type IncomingMessage,
	type Server,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { createApi, type ApiOptions } from '../../../src/device-api/index.ts';
import type { DeviceStatus } from '../../../src/domain/status.ts';
import { deviceApi } from '../../support/api-contract.ts';
import { recordingLog } from '../../support/logs.ts';
import { deviceStatus, target } from './device-status.ts';
import { idleOperations } from './idle-operations.ts';
import { readRecordedCalls } from './recorded-calls.ts';

const GLOBAL = 'a'.repeat(32);
const SERVICE = 'b'.repeat(32);

interface Answer {
	readonly status: number;
	readonly type: string | undefined;
	readonly body: string;
	readonly headers: IncomingHttpHeaders;
}

describe('device API', () => {
	const { log, lines } = recordingLog();
	let server: Server;
	const isRequired = Sinon.stub<[], Promise<boolean>>();
	const isHealthy = Sinon.stub<[], Promise<boolean>>();
	const status = Sinon.stub<[], DeviceStatus | undefined>();
	const update = Sinon.stub<[{ readonly force: boolean }], Promise<boolean>>();

	before((done) => {
		const options: ApiOptions = {
			authentication: {
				isRequired,
				keys: {
					globalKey: () => Promise.resolve(GLOBAL),
					serviceKey: () => Promise.resolve(SERVICE),
					scopesOf: (key) => {
						if (key === 'broken') {
							return Promise.reject(new Error('database is locked'));
						}
						const scopes = { [GLOBAL]: [{ type: 'global' }], [SERVICE]: [{ type: 'app', appId: 2 }] } as const;
						return Promise.resolve(key === GLOBAL || key === SERVICE ? scopes[key] : undefined);
					},
				},
			},
			isHealthy,
			status,
			targetApps: () => Promise.resolve(target.apps),
			facts: () =>
				Promise.resolve({
					apiPort: 48484,
					version: '20.0.0',
					osVersion: 'balenaOS 6',
					ipAddress: '10.0.0.2',
					macAddress: '',
				}),
			update,
			...idleOperations,
			log,
			now: () => 0,
			wall: () => new Date(0),
			redact: (text) => text.replaceAll(GLOBAL, '***'),
		};
		server = createServer(createApi(options)).listen(0, '127.0.0.1', done);
	});
	after((done) => {
		server.closeAllConnections();
		server.close(done);
	});
	beforeEach(() => {
		isRequired.resolves(true);
		isHealthy.resolves(true);
		status.returns(deviceStatus);
		update.reset();
		update.resolves(true);
	});

	async function call(
		method: string,
		path: string,
		options: { headers?: Record<string, string>; body?: string } = {},
	): Promise<Answer> {
		const { port } = server.address() as AddressInfo;
		const sent = httpRequest({ host: '127.0.0.1', port, method, path, headers: options.headers });
		const response = await new Promise<IncomingMessage>((resolve, reject) => {
			sent.once('response', resolve);
			sent.once('error', reject);
			sent.end(options.body);
		});
		const chunks: Buffer[] = [];
		for await (const chunk of response) {
			chunks.push(chunk as Buffer); // no encoding is set
		}
		const { statusCode: status = 0, headers } = response;
		const answer = { method, path, status, headers, body: Buffer.concat(chunks).toString() };
		return { ...deviceApi.check(answer), type: headers['content-type'] };
	}
	const get = (path: string, key?: string) =>
		call('GET', path, key === undefined ? {} : { headers: { authorization: `Bearer ${key}` } });
	const post = (path: string, body: string, type = 'application/json') =>
		call('POST', path, { headers: { authorization: `ApiKey ${GLOBAL}`, 'content-type': type }, body });
	const json = (answer: Answer): Record<string, unknown> => JSON.parse(answer.body) as Record<string, unknown>;

	it('cloud-observed 8: answers what a real cloud was recorded to ask, with texts that it hands on', async () => {
		const outcomes: string[] = [];
		for (const { method, url, headers, body } of readRecordedCalls(GLOBAL)) {
			const sent = httpRequest({
				port: (server.address() as AddressInfo).port,
				agent: false,
				method,
				path: url,
				headers,
			});
			sent.end(body);
			const [response] = (await once(sent, 'response')) as [IncomingMessage];
			const text = (await response.toArray()).join('');
			const shown = text.startsWith('<') ? 'a page' : text.replace(/^\{"api_port".*/, 'what it is');
			outcomes.push(`${method} ${url.split('?')[0]} ${body}: ${response.statusCode} ${shown}`);
			if (response.headers['content-type']?.startsWith('text/') === true && shown === text) {
				expect(text).to.match(/^[A-Za-z0-9\s:'.?!,/-]*$/);
			}
		}
		expect(outcomes.sort()).to.deep.equal([
			'GET /v1/device : 200 what it is',
			'POST /locked : 404 a page',
			'POST /v1/blink : 200 OK',
			'POST /v1/blink : 401 Unauthorized', // of a device that had reported no key: `apikey=null`
			'POST /v1/reboot {"force":false}: 202 {"Data":"OK","Error":null}',
			'POST /v1/update : 204 ',
			'POST /v1/update {"force":true}: 204 ',
			'POST /v2/applications/1/restart-service {"appId":1,"imageId":1}: 404 Service does not exist in target release',
			'POST /weird/badjson : 404 a page',
			'POST /weird/html : 404 a page',
			'POST /weird/xml : 404 a page',
		]);
		expect(update.args.map(([{ force }]) => force).sort()).to.deep.equal([false, true]);
	});

	it('device-api #1: answers a ping without a key', async () => {
		expect(await get('/ping')).to.include({ status: 200, body: 'OK', type: 'text/html; charset=utf-8' });
	});

	it('device-api #2: takes paths in any letter case and with a slash at the end', async () => {
		expect(await get('/PING/')).to.include({ status: 200, body: 'OK' });
	});

	it('device-api #3: says OK while it is healthy, without a key', async () => {
		expect(await get('/v1/healthy')).to.include({ status: 200, body: 'OK', type: 'text/plain; charset=utf-8' });
	});

	it('says Unhealthy when a loop stands still or the check itself fails', async () => {
		isHealthy.resolves(false);
		expect(await get('/v1/healthy')).to.include({ status: 500, body: 'Unhealthy' });
		isHealthy.rejects(new Error('broken'));
		expect(await get('/v1/healthy')).to.include({ status: 500, body: 'Unhealthy' });
	});

	it('device-api #6: refuses everything else without a key', async () => {
		expect(await get('/v2/version')).to.include({
			status: 401,
			body: 'Unauthorized',
			type: 'text/plain; charset=utf-8',
		});
		expect((await get('/v2/version', 'c'.repeat(32))).status).to.equal(401);
	});

	it('device-api #7, #8: reports unknown paths only to callers with a key', async () => {
		expect([(await get('/nope')).status, (await get('/nope', GLOBAL)).status]).to.deep.equal([401, 404]);
		expect((await call('POST', '/ping')).status).to.equal(401);
		const answer = await post('/ping', '');
		expect(answer.status).to.equal(404);
		expect(answer.body).to.include('Cannot POST /ping');
		expect(answer.headers).to.include({
			'x-content-type-options': 'nosniff',
			'content-security-policy': "default-src 'none'",
		});
	});

	it('takes the key from the query before the header, exactly as old clients write it', async () => {
		const header = (authorization: string) => call('GET', '/v2/version', { headers: { authorization } });
		const statuses = [
			await call('GET', `/v2/version?apikey=${GLOBAL}`),
			await header(`bearer ${GLOBAL}`),
			await header(`APIKEY ${GLOBAL}`),
			await header(`Bearer  ${GLOBAL}`),
			await header(`Basic ${GLOBAL}`),
			await call('GET', `/v2/version?APIKEY=${GLOBAL}`),
			await call('GET', `/v2/version?apikey=wrong`, { headers: { authorization: `Bearer ${GLOBAL}` } }),
			await call('GET', `/v2/version?apikey=${GLOBAL}&apikey=${GLOBAL}`),
		].map(({ status }) => status);
		expect(statuses).to.deep.equal([200, 200, 200, 401, 401, 401, 401, 401]);
	});

	it('answers 503 when keys cannot be checked', async () => {
		expect(await get('/v2/version', 'broken')).to.include({
			status: 503,
			body: 'Unexpected error: database is locked',
		});
	});

	it('requires no key in local mode', async () => {
		isRequired.resolves(false);
		expect(json(await get('/v2/version'))).to.deep.equal({ status: 'success', version: '20.0.0' });
	});

	it('triggers an update, and says when it does not', async () => {
		expect(await post('/v1/update', '{"force":"on","cancel":1}')).to.include({ status: 204, body: '' });
		Sinon.assert.calledOnceWithExactly(update, { force: true });
		expect((await post('/v1/update', '')).status).to.equal(204);
		update.withArgs({ force: false }).resolves(false);
		expect(await post('/v1/update', '')).to.include({ status: 202, body: 'Accepted' });
		expect((await post('/v1/update', '{"force":true}')).status).to.equal(204);
	});

	it('takes a form for a body without the field, as before', async () => {
		expect((await post('/v1/update', '{"force":true}', 'application/x-www-form-urlencoded')).status).to.equal(204);
		Sinon.assert.calledOnceWithExactly(update, { force: false });
	});

	it('answers bad bodies with 400, 413 or 415 and the reason, which no client repeats, and lives on', async () => {
		for (const body of ['{', '"x"', 'null', '3']) {
			const answer = await post('/v1/update', body);
			expect([body, answer.status]).to.deep.equal([body, 400]);
			expect(json(answer).status).to.equal('failed');
		}
		const large = await post('/v1/update', `{"a":"${'x'.repeat(10 * 1024 * 1024)}"}`);
		expect(large.status).to.equal(413);
		expect(json(large).message).to.equal('request entity too large');
		const latin = await post('/v1/update', '{}', 'application/json; charset=latin1');
		expect(latin.status).to.equal(415);
		expect(json(latin).message).to.equal('unsupported charset "LATIN1"');
		expect((await get('/ping')).status).to.equal(200);
	});

	it('shows the device', async () => {
		expect(json(await get('/v1/device', GLOBAL))).to.deep.equal({
			api_port: 48484,
			ip_address: '10.0.0.2',
			os_version: 'balenaOS 6',
			supervisor_version: '20.0.0',
			update_pending: false,
			update_failed: false,
			update_downloaded: false,
			commit: 'c1',
			status: 'Idle',
			download_progress: null,
		});
	});

	it('shows containers and images of one app, within the scope of the key', async () => {
		const everything = json(await get('/v2/state/status', GLOBAL));
		expect(everything).to.deep.include({
			status: 'success',
			appState: 'applied',
			overallDownloadProgress: null,
			release: 'c1',
		});
		expect(everything.containers).to.deep.equal([
			{
				status: 'Running',
				serviceName: 'web',
				appId: 1,
				imageId: 11,
				serviceId: 5,
				containerId: 'one',
				createdAt: '2026-01-02T03:04:05.678Z',
			},
		]);
		expect(everything.images).to.deep.equal([
			{
				name: 'registry.test/web:1',
				appId: 1,
				serviceName: 'web',
				imageId: 11,
				dockerImageId: 'sha256:1',
				status: 'Downloaded',
				downloadProgress: null,
			},
		]);
		const scoped = json(await get('/v2/state/status', SERVICE));
		expect((scoped.containers as { appId: number }[]).map(({ appId }) => appId)).to.deep.equal([2]);
	});

	it('shows a download with its progress', async () => {
		status.returns({
			...deviceStatus,
			applying: true,
			running: [{ id: 'x', step: { kind: 'pullImage', reference: 'registry.test/web:1' }, percent: 40 }],
		});
		const state = json(await get('/v2/state/status', GLOBAL));
		expect(state).to.deep.include({ appState: 'applying', overallDownloadProgress: 40 });
		expect((state.images as unknown[])[0]).to.include({ status: 'Downloading', downloadProgress: 40 });
		expect(state.images).not.to.have.nested.property('[0].dockerImageId');
	});

	it('shows each app of the target by name, within the scope of the key', async () => {
		const all = json(await get('/v2/applications/state', GLOBAL));
		expect(all).to.have.all.keys('first', 'second');
		expect(all.first).to.deep.equal({
			appId: 1,
			appUuid: 'u1',
			commit: 'c1',
			updateStatus: 'done',
			services: { web: { status: 'Running', image: 'registry.test/web:1', downloadProgress: null, releaseId: 7 } },
		});
		expect(json(await get('/v2/applications/state', SERVICE))).to.have.all.keys('second');
	});

	it('shows why a service is not on target, without keys', async () => {
		const reason = {
			appId: 1,
			serviceName: 'web',
			kind: 'backoff',
			finding: { kind: 'backoff', until: 9, failures: 1, error: '' },
			sentence: `no ${GLOBAL}`,
			since: 0,
			nextTry: 9,
		} as const;
		status.returns({ ...deviceStatus, reasons: [reason] });
		for (const path of ['/v2/state/status', '/v2/applications/state']) {
			expect((await get(path, GLOBAL)).body).to.include('"reason":"no ***"');
		}
	});

	it('shows no list while the device cannot be observed, but why (decision D19)', async () => {
		const message = 'cannot reach the engine';
		status.returns({ ...deviceStatus, applying: true, unseen: { since: 0, message } });
		expect(json(await get('/v2/state/status', GLOBAL))).to.deep.equal({
			status: 'success',
			appState: 'applying',
			overallDownloadProgress: null,
			reason: message,
		});
		const device = json(await get('/v1/device', GLOBAL));
		expect(device).to.include({ api_port: 48484 });
		expect(device).not.to.have.any.keys('status', 'commit');
		for (const path of ['/v2/applications/state', '/v2/applications/1/state', '/v2/containerId', '/v1/apps/1']) {
			const answer = await get(path, GLOBAL);
			expect(answer.status, path).to.equal(503);
			expect(answer.body, path).to.include(message);
		}
	});

	it('has answers before anything was looked at', async () => {
		status.returns(undefined);
		expect(json(await get('/v2/applications/state', GLOBAL))).to.deep.equal({});
		expect(json(await get('/v2/state/status', GLOBAL))).to.deep.include({
			appState: 'applying',
			containers: [],
			images: [],
		});
		expect(json(await get('/v1/device', GLOBAL))).to.include({ update_pending: false });
	});

	it('answers a conditional request with 304, and HEAD like GET', async () => {
		const { headers } = await get('/v2/version', GLOBAL);
		const etag = String(headers.etag);
		expect(etag).to.match(/^W\//);
		const again = { authorization: `Bearer ${GLOBAL}`, 'if-none-match': etag };
		expect(await call('GET', '/v2/version', { headers: again })).to.include({ status: 304, body: '' });
		expect(await call('HEAD', '/ping')).to.include({ status: 200, body: '' });
	});

	it('logs requests without their query, and never a key', () => {
		const text = JSON.stringify(lines);
		expect(text).to.include('GET /v2/version 200 - 0.000 ms');
		expect(text).not.to.include(GLOBAL);
	});

	it('logs what only reads for debugging; what changes or fails for everybody', async () => {
		const levelOf = async (method: string, path: string, options?: Parameters<typeof call>[2]) => {
			const from = lines.length;
			await call(method, path, options);
			return lines.slice(from).find(({ message }) => message.startsWith(`${method} ${path} `))?.level;
		};
		expect(await levelOf('GET', '/ping')).to.equal('debug');
		expect(await levelOf('HEAD', '/ping')).to.equal('debug');
		expect(await levelOf('GET', '/v2/version'), 'without a key').to.equal('info');
		const headers = { authorization: `Bearer ${GLOBAL}` };
		expect(await levelOf('POST', '/v1/update', { headers })).to.equal('info');
	});
});
