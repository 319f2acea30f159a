import { expect } from 'chai';
import { apiClient, openStream, type ApiAnswer, type ApiCall } from './api-client.ts';
import { containersByService, type Container } from './engine-view.ts';
import { setScene, type Scene } from './scene.ts';

const FLEET_UUID = 'f'.repeat(32);
const OTHER_UUID = 'e'.repeat(32);
const API = { 'io.balena.features.supervisor-api': '1' };
const DESK = 'local_image_desk:latest';
const UNAUTHORIZED = { status: 'failed', message: 'Unauthorized' };

/** Set-up M of device-api section 12: a cloud, a fleet's app and another one, a key of each. */
describe('the API of a device with a cloud', function () {
	this.timeout(60_000);
	let scene: Scene;
	let uuid: string;
	let call: (method: string, path: string, options?: ApiCall) => Promise<ApiAnswer>;
	/** The keys: the device's, and of the services of app 1001 and app 1002. */
	let all: string;
	let first: string;
	let second: string;

	before(async () => {
		scene = await setScene();
		call = apiClient(scene.device.url);
		await scene.device.start();
		uuid = await scene.device.uuid();
		await setTarget({});
		all = await scene.device.apiKey();
		await scene.device.update();
		await scene.device.waitFor('both run', async () => Object.keys(await containers()).length === 2);
		first = await keyOf('one');
		second = await keyOf('two');
	});
	after(async () => {
		try {
			await scene.dispose();
		} finally {
			await scene.engine.docker('rmi', '--force', DESK);
		}
	});

	const containers = () => containersByService(scene.engine);
	const get = (path: string, key?: string) => call('GET', path, { key });
	const post = (path: string, key: string, body?: unknown) =>
		call('POST', path, body === undefined ? { key } : { key, body });
	const statusOf = async (path: string, options: ApiCall = {}) => (await call('GET', path, options)).status;

	function setTarget(config: Readonly<Record<string, string>>): Promise<void> {
		const [one, two] = scene.images;
		const service = (id: number, image_id: number, image: string, volume: string) => ({
			...{ id, image_id, image, environment: {}, labels: API },
			composition: { volumes: [`${volume}:/data`] },
		});
		return scene.client.setTarget(uuid, {
			[uuid]: {
				name: 'm',
				config,
				apps: {
					[FLEET_UUID]: {
						...{ id: 1001, name: 'myfleet', class: 'fleet' },
						releases: { c1: { id: 11, services: { one: service(1, 21, one, 'data') }, volumes: { data: {} } } },
					},
					[OTHER_UUID]: {
						...{ id: 1002, name: 'otherapp', class: 'app' },
						releases: { c2: { id: 12, services: { two: service(2, 22, two, 'vol2') }, volumes: { vol2: {} } } },
					},
				},
			},
		});
	}

	function variablesOf(container: Container | undefined): Readonly<Record<string, string>> {
		return Object.fromEntries(
			(container?.Config.Env ?? []).map((text) => {
				const [name = '', ...value] = text.split('=');
				return [name, value.join('=')];
			}),
		);
	}
	const keyOf = async (service: string) =>
		variablesOf((await containers())[service])['BALENA_SUPERVISOR_API_KEY'] ?? '';

	it('device-api #1 #2 #3: answers pings and health checks without a key', async () => {
		expect(await get('/ping')).to.include({ status: 200, text: 'OK' });
		expect(await get('/PING/')).to.include({ status: 200, text: 'OK' });
		expect(await get('/v1/healthy')).to.include({ status: 200, text: 'OK', type: 'text/plain; charset=utf-8' });
	});

	it('device-api #4, as decision D3 has it: is healthy also while the cloud is away', async () => {
		const { id } = await scene.client.createFault({ status: 500 });
		await scene.device.update();
		await scene.device.waitForLog('cannot fetch the target');
		expect(await get('/v1/healthy')).to.include({ status: 200, text: 'OK' });
		await scene.client.deleteFault(id);
	});

	it('device-api #6 #7 #8: refuses callers without a key', async () => {
		expect(await get('/v2/version')).to.include({
			status: 401,
			text: 'Unauthorized',
			type: 'text/plain; charset=utf-8',
		});
		expect([(await get('/nope')).status, (await get('/nope', all)).status]).to.deep.equal([401, 404]);
		const ping = [await call('POST', '/ping'), await call('POST', '/ping', { key: all })];
		expect(ping.map(({ status }) => status)).to.deep.equal([401, 404]);
		const { headers } = await get('/nope', all);
		expect(headers).to.include({
			'content-security-policy': "default-src 'none'",
			'x-content-type-options': 'nosniff',
		});
		expect(headers).not.to.have.property('x-powered-by');
	});

	it('device-api #9 #10 #11: takes the key from where it may stand', async () => {
		const version = '/v2/version';
		const queries = ['apikey', 'APIKEY', 'ApiKey'].map((name) => statusOf(`${version}?${name}=${all}`));
		expect(await Promise.all(queries)).to.deep.equal([200, 401, 401]);
		const headers = [`bearer ${all}`, `APIKEY ${all}`, `Token ${all}`, `Bearer  ${all}`].map((authorization) =>
			statusOf(version, { headers: { authorization } }),
		);
		expect(await Promise.all(headers)).to.deep.equal([200, 200, 401, 401]);
		expect(await statusOf(`${version}?apikey=bad`, { key: all })).to.equal(401);
		expect(await statusOf(`${version}?apikey=`, { key: all })).to.equal(200);
		expect(await statusOf(`${version}?apikey=${all}&apikey=${all}`)).to.equal(401);
	});

	it('device-api #12: answers 304 to a client that has the current answer', async () => {
		const { headers } = await get('/v2/version', all);
		const again = await call('GET', '/v2/version', { key: all, headers: { 'if-none-match': String(headers.etag) } });
		expect(again).to.include({ status: 304, text: '' });
		expect(await call('HEAD', '/v2/version', { key: all })).to.include({ status: 200, text: '' });
	});

	it('device-api #13 #14 #15 #16: reads bodies in their forms, and answers what is wrong with them', async () => {
		const broken = await post('/v1/restart', all, '{"a":');
		expect([broken.status, (broken.json as { readonly status: string }).status]).to.deep.equal([400, 'failed']);
		const large = await post('/v1/restart', all, JSON.stringify({ a: 'x'.repeat(11 * 1024 * 1024) }));
		expect([large.status, large.json]).to.deep.equal([413, { status: 'failed', message: 'request entity too large' }]);
		expect(await post('/v1/blink', all, '{"a":')).to.include({ status: 200, text: 'OK' });
		const form = await call('POST', '/v1/restart', {
			key: all,
			body: 'appId=999999',
			headers: { 'content-type': 'application/x-www-form-urlencoded' },
		});
		const message = 'Application with ID 999999 is not in the current state';
		expect([form.status, form.json]).to.deep.equal([503, { status: 'failed', message }]);
	});

	it('device-api #17: gives each service that requires one its own key', async () => {
		const variables = variablesOf((await containers())['one']);
		const port = new URL(scene.device.url).port;
		for (const prefix of ['BALENA', 'RESIN']) {
			expect(variables[`${prefix}_SUPERVISOR_API_KEY`])
				.to.equal(first)
				.and.to.match(/^[0-9a-f]{32}$/);
			expect(variables).to.include({
				[`${prefix}_SUPERVISOR_PORT`]: port,
				[`${prefix}_SUPERVISOR_HOST`]: '10.114.104.1',
				[`${prefix}_SUPERVISOR_ADDRESS`]: `http://10.114.104.1:${port}`,
			});
		}
		expect(new Set([all, first, second]).size).to.equal(3);
	});

	it('device-api #18 #19: allows a service to change its own app only', async () => {
		for (const [path, body] of [
			['/v2/applications/1002/restart', {}],
			['/v2/applications/1002/purge', {}],
			['/v2/applications/1002/stop-service', {}],
			['/v1/restart', { appId: 1002 }],
			['/v1/purge', { appId: 1002 }],
		] as const) {
			const answer = await post(path, first, body);
			expect([answer.status, answer.json], path).to.deep.equal([401, UNAUTHORIZED]);
		}
		expect(await post('/v1/apps/1002/stop', first)).to.include({ status: 401, text: 'Unauthorized' });
		const app = await get('/v1/apps/1002', first);
		expect([app.status, app.json]).to.deep.equal([401, { status: 'failed', message: 'Application is not available' }]);
	});

	it('device-api #20 #21 #22: shows a service its own app alone', async () => {
		const foreign = await get('/v2/applications/1002/state', first);
		expect([foreign.status, foreign.json]).to.deep.equal([
			409,
			{ status: 'failed', message: 'Application ID does not exist: 1002' },
		]);
		expect((await get('/v2/applications/1001/state', first)).status).to.equal(200);
		const { one } = await containers();
		expect((await get('/v2/containerId', first)).json).to.deep.equal({ status: 'success', services: { one: one?.Id } });
		const two = await get('/v2/containerId?service=two', first);
		expect([two.status, two.json]).to.deep.equal([
			503,
			{ status: 'failed', message: 'Could not find service with that name' },
		]);
		expect((await get('/v2/applications/state', first)).json).to.have.all.keys('myfleet');
		expect((await get('/v2/applications/state', all)).json).to.have.all.keys('myfleet', 'otherapp');
	});

	it('device-api #23: renews the key of a service, which gets it with a new container', async () => {
		const before = await containers();
		const { status, text } = await post('/v1/regenerate-api-key', first);
		expect([status, /^[0-9a-f]{32}$/.test(text)]).to.deep.equal([200, true]);
		expect((await get('/v2/version', first)).status).to.equal(401);
		expect((await get('/v2/version', text)).status).to.equal(200);
		expect((await post('/v1/update', all)).status).to.equal(204);
		await scene.device.waitFor('the service has the new key', async () => (await keyOf('one')) === text);
		const after = await containers();
		expect(after['one']?.Id).to.not.equal(before['one']?.Id);
		expect(after['two']?.Id).to.equal(before['two']?.Id);
		first = text;
	});

	it('device-api #24 #25, cloud-api #46: renews the key of the device, reports it, and keeps both over a restart', async () => {
		const { text } = await post('/v1/regenerate-api-key', all);
		expect((await get('/v2/version', all)).status).to.equal(401);
		all = text;
		const hasNewKey = async () => (await scene.device.view())?.state['api_secret'] === all;
		await scene.device.waitFor('the cloud has the new key', hasNewKey, 25_000);
		await scene.device.kill('SIGTERM');
		await scene.device.start();
		for (const key of [all, first, second]) {
			expect((await get('/v2/version', key)).status).to.equal(200);
		}
	});

	it('device-api #26: takes no target from others than the cloud', async () => {
		const answer = await post('/v2/local/target-state', all, {});
		expect([answer.status, answer.json]).to.deep.equal([
			400,
			{ status: 'failed', message: 'Target state can only set when device is in local mode' },
		]);
	});

	it('device-api #29: waits for its poll if instant updates are off', async () => {
		await setTarget({ SUPERVISOR_INSTANT_UPDATE_TRIGGER: 'false', SUPERVISOR_POLL_INTERVAL: '900000' });
		await post('/v1/update', all);
		await scene.device.waitFor('it is set', async () => (await post('/v1/update', all, {})).status === 202);
		await scene.client.deleteRequests();
		expect(await post('/v1/update', all, {})).to.include({ status: 202, text: 'Accepted' });
		expect(await post('/v1/update', all, { force: true })).to.include({ status: 204, text: '', type: undefined });
		const polls = async () =>
			(await scene.client.listRequests()).filter(({ method, path }) => method === 'GET' && path.endsWith('/state'));
		await scene.device.waitFor('it has asked for its target', async () => (await polls()).length > 0);
		expect(await polls()).to.have.length(1);
		await setTarget({});
		await post('/v1/update', all, { force: true });
		await scene.device.waitFor('it is hurried again', async () => (await post('/v1/update', all)).status === 204);
	});

	it('device-api #40: sends tags to the cloud, once', async () => {
		const set = () => call('PATCH', '/v2/device/tags', { key: all, body: { a: '1' } });
		expect((await set()).status).to.equal(202);
		const tagRequests = async () =>
			(await scene.client.listRequests()).filter(({ path, method }) => method === 'PATCH' && path.endsWith('/tags'));
		await scene.device.waitFor('the cloud has the tag', async () => (await tagRequests()).length === 1);
		expect((await tagRequests())[0]?.body).to.deep.equal({ [uuid]: { a: '1' } });
		expect((await set()).status).to.equal(202);
		const tags = (await get('/v2/device/tags', all)).json as { readonly tags: readonly object[] };
		expect(tags.tags[0]).to.include({ name: 'a', value: '1' });
		expect(await tagRequests()).to.have.length(1);
	});

	it('drops a client that disconnects, and replays nothing to the next one', async () => {
		const streams = await Promise.all(
			Array.from({ length: 20 }, () => openStream(scene.device.url, 'GET', '/v2/local/logs', { key: all })),
		);
		for (const stream of streams) {
			stream.on('error', () => undefined);
			stream.destroy();
		}
		expect(await get('/ping')).to.include({ status: 200 });
	});

	it('device-api #27 #28, planner #63: enters local mode, and leaves it as if it had never been there', async () => {
		const before = await containers();
		await scene.engine.docker('pull', scene.images[2]);
		await scene.engine.docker('tag', scene.images[2], DESK);
		await setTarget({ SUPERVISOR_LOCAL_MODE: '1' });
		await post('/v1/update', all);
		await scene.device.waitFor('keys are not asked for', async () => (await statusOf('/v2/version')) === 200);
		const names = async () => Object.keys(await containers()).sort();
		await scene.device.waitFor('the fleet is gone', async () => (await names()).join() === 'two');
		expect((await containers())['two']?.Id).to.equal(before['two']?.Id);

		const service = { imageId: 1, serviceName: 'tracker', image: DESK, environment: {}, labels: {} };
		const app = { name: 'localapp', commit: 'c', releaseId: 1, services: { 1: service }, volumes: { v: {} } };
		const local = { config: { SUPERVISOR_LOCAL_MODE: '1' }, apps: { 1: app } };
		expect((await call('POST', '/v2/local/target-state', { body: { local } })).status).to.equal(200);
		await scene.device.waitFor('the tracker runs', async () => (await names()).join() === 'tracker,two');
		const left = await scene.engine.docker('image', 'inspect', '--format', '{{.Id}}', DESK);

		const answer = await call('POST', '/v2/local/target-state', { body: { local: { config: {} } } });
		expect(answer.status).to.equal(200);
		await scene.device.waitFor('keys are asked for again', async () => (await statusOf('/v2/version')) === 401);
		await scene.device.waitFor('the fleet is back', async () => (await names()).join() === 'one,two');
		expect((await containers())['two']?.Id).to.equal(before['two']?.Id);
		expect(await scene.engine.docker('volume', 'ls', '--quiet'))
			.to.include('1001_data')
			.and.not.include('1_v');
		expect(await scene.engine.docker('network', 'ls')).not.to.include('1_default');
		// It was on the engine before; what was built in between would be gone.
		expect(await scene.engine.docker('images', '--quiet', '--no-trunc')).to.include(left.trim());
		expect(scene.device.log()).not.to.match(/Downloading image .*one.*local mode/);
	});
});
