import { expect } from 'chai';
import Sinon from 'sinon';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createApi, type ApiOptions } from '../../../src/device-api/index.ts';
import type { RequestBody, RequestOutcome } from '../../../src/domain/request.ts';
import type { ContainerView } from '../../../src/domain/service.ts';
import type { DeviceStatus } from '../../../src/domain/status.ts';
import type { TargetApp } from '../../../src/domain/target.ts';
import { OperationalError } from '../../../src/ports/operational-error.ts';
import { deviceApi } from '../../support/api-contract.ts';
import { linesOf, silentLog, stubSystemLog } from '../../support/logs.ts';
import { deviceStatus } from './device-status.ts';
import { idleOperations } from './idle-operations.ts';

const GLOBAL = 'a'.repeat(32);
const SCOPED = 'b'.repeat(32);
const LOCKED = 'Lockfile exists for { appId: 1, service: web }';

/** App 1 with services web and db, app 2 with web alone; both in the target. */
function describeDevice(): DeviceStatus {
	const { current } = deviceStatus;
	const [one, two] = current?.apps ?? [];
	const web = one?.containers[0];
	if (current === undefined || one === undefined || two === undefined || web === undefined) {
		throw new Error('the status has two apps');
	}
	const config = { environment: { FOO: 'bar', BALENA_API_KEY: 'k' }, image: 'sha256:1', volumes: [] };
	const full = { ...web, config: config as unknown as ContainerView['config'], startedAt: 't1' };
	const anonymousVolumes = { '/var/lib/db': 'anonymous' };
	const db: ContainerView = { ...full, containerId: 'three', serviceName: 'db', imageId: 99, anonymousVolumes };
	const volume = { appId: 1, volumeName: 'data', engineName: '1_data', supervised: true };
	const noConfig = { driver: '', driverOpts: {}, labels: {} };
	const apps = [
		{ ...one, containers: [full, db], volumes: [{ ...volume, config: noConfig }] },
		{ ...two, containers: [{ ...full, appId: 2, containerId: 'two', imageId: 12 }] },
	];
	const services = (appId: number, names: readonly string[]) =>
		names.map((serviceName) => ({ identity: { appId, serviceName, imageId: 0 } }));
	const target = {
		apps: [
			{ state: 'ready', appId: 1, spec: { services: services(1, ['web', 'db']), volumes: [{ engineName: '1_data' }] } },
			{ state: 'ready', appId: 2, spec: { services: services(2, ['web']), volumes: [] } },
		],
	} as unknown as DeviceStatus['target'];
	const volumes = ['1_data', '1_old', '2_old', 'loose', 'extra-firmware', ...OTHERS, ...CLOUD_VOLUMES];
	const ofLabel = { ...volume, appId: 7, volumeName: 'label', engineName: '7_label' };
	const bare = { networks: [], containers: [], volumes: [] };
	const nobodys = { ...ofLabel, appId: 2024, volumeName: 'photos', engineName: '2024_photos', supervised: false };
	const others = [
		{ ...bare, appId: 6, commit: 'c6' },
		{ ...bare, appId: 7, volumes: [{ ...ofLabel, config: noConfig }] },
		{ ...bare, appId: 2024, volumes: [{ ...nobodys, config: noConfig }] },
	];
	const imageRecords = current.imageRecords.map((record) => (record.appId === 2 ? { ...record, appId: 5 } : record));
	const keptFor = (appId: number, serviceName: string, name: string) => ({ appId, serviceName, name, path: '/data' });
	const keptVolumes = [
		keptFor(1, 'db', 'anonymous'),
		keptFor(1, 'db', 'earlier'),
		keptFor(2, 'web', 'of app 2'),
		keptFor(9, 'web', 'of a service that is stored'),
		keptFor(9, 'dropped', 'of one that no release has'),
	];
	const all = { ...current, apps: [...apps, ...others], volumes, imageRecords, keptVolumes };
	return { ...deviceStatus, current: all, target };
}

/** Volumes of apps that are not in the target now: known by an image, by a release, by a label, and of no app. */
const OTHERS = ['5_image', '6_release', '7_label', '8_unknown', '2024_photos', '0'.repeat(64)];
/** The release of the cloud while local mode is on; it cannot be composed. */
const CLOUD_APP: TargetApp = {
	appId: 9,
	appUuid: 'u9',
	appName: 'fleet',
	class: 'fleet',
	isHost: false,
	rejected: false,
	release: {
		releaseId: 7,
		commit: 'c9',
		services: {
			web: {
				serviceId: 5,
				imageId: 6,
				image: 'a',
				running: true,
				environment: {},
				labels: {},
				composition: {
					volumes: ['mounted:/m', { type: 'volume', source: 'long', target: '/l' }, './c:/c'],
					ports: ['x'],
				},
			},
		},
		networks: {},
		volumes: { declared: {} },
	},
};
const CLOUD_VOLUMES = ['9_declared', '9_mounted', '9_long', '9_gone'];

describe('device API: operations', () => {
	let server: Server;
	const submit = Sinon.stub<[RequestBody, { readonly force: boolean }], Promise<RequestOutcome>>();
	const systemLog = stubSystemLog();
	const setTags = Sinon.stub();
	let storedApps: readonly TargetApp[];
	let deviceInfo: ApiOptions['deviceInfo'];

	before((done) => {
		const status = describeDevice();
		const api = createApi({
			...idleOperations,
			authentication: {
				isRequired: () => Promise.resolve(true),
				keys: {
					globalKey: () => Promise.resolve(GLOBAL),
					serviceKey: () => Promise.resolve(SCOPED),
					scopesOf: (key) =>
						Promise.resolve(
							key === GLOBAL ? [{ type: 'global' }] : key === SCOPED ? [{ type: 'app', appId: 2 }] : undefined,
						),
				},
			},
			isHealthy: () => Promise.resolve(true),
			status: () => status,
			targetApps: () => Promise.resolve(storedApps.map((app) => ({ ...app, source: 'cloud' }))),
			facts: () => Promise.resolve({ apiPort: 48484, version: '20.0.0' }),
			update: () => Promise.resolve(true),
			operations: {
				status: () => status,
				submit,
				systemLog,
			},
			regenerateKey: () => Promise.resolve('c'.repeat(32)),
			deviceInfo: () => deviceInfo(),
			tags: {
				list: () => Promise.resolve({ message: 'Attempt to retrieve device tags before provision' }),
				set: setTags,
			},
			log: silentLog,
			now: () => 0,
			wall: () => new Date(0),
			redact: (text) => text,
		});
		server = createServer(api).listen(0, '127.0.0.1', done);
	});
	after((done) => {
		server.closeAllConnections();
		server.close(done);
	});
	beforeEach(() => {
		for (const stub of [submit, systemLog.write, setTags]) stub.reset();
		submit.resolves({ kind: 'done' });
		setTags.resolves();
		storedApps = [];
		deviceInfo = idleOperations.deviceInfo;
	});

	async function call(method: string, path: string, body?: unknown, key = GLOBAL) {
		const { port } = server.address() as AddressInfo;
		const response = await fetch(`http://127.0.0.1:${port}${path}`, {
			method,
			headers: {
				authorization: `Bearer ${key}`,
				...(body === undefined ? {} : { 'content-type': 'application/json' }),
			},
			...(body === undefined ? {} : { body: JSON.stringify(body) }),
		});
		const text = await response.text();
		const { status } = response;
		deviceApi.check({ method, path, status, headers: Object.fromEntries(response.headers), body: text });
		const isJson = response.headers.get('content-type')?.startsWith('application/json') === true;
		return { status, body: isJson ? (JSON.parse(text) as unknown) : text };
	}
	const bodies = () => submit.args.map(([body]) => body);
	const unauthorized = { status: 401, body: { status: 'failed', message: 'Unauthorized' } };

	it('restart an app, in both versions', async () => {
		expect(await call('POST', '/v1/restart', { appId: '1', force: 'on' })).to.deep.equal({ status: 200, body: 'OK' });
		expect(await call('POST', '/v2/applications/1/restart')).to.deep.equal({ status: 200, body: 'OK' });
		const body = { kind: 'restartApp', appId: 1, containers: ['one', 'three'] };
		expect(submit.args).to.deep.equal([
			[body, { force: true, asker: 'device' }],
			[body, { force: false, asker: 'device' }],
		]);
		expect(await call('POST', '/v1/restart', {})).to.deep.equal({ status: 400, body: 'Missing app id' });
		expect(await call('POST', '/v2/applications/x/restart')).to.deep.equal({
			status: 400,
			body: { status: 'failed', message: 'Missing app id' },
		});
		expect(await call('POST', '/v1/restart', { appId: 1 }, SCOPED)).to.deep.equal(unauthorized);
		expect(await call('POST', '/v2/applications/1/restart', {}, SCOPED)).to.deep.equal(unauthorized);
	});

	it('cloud-api #62: answer in texts that the proxy of the cloud lets through, however it went', async () => {
		const OUTCOMES: readonly RequestOutcome[] = [
			{ kind: 'done' },
			{ kind: 'superseded' },
			{ kind: 'failed', code: 'updates-locked', message: LOCKED },
			{ kind: 'failed', code: 'engine-failed', message: '<no> & "why"' },
		];
		const service = { serviceName: 'web' };
		const HOOKS: readonly (readonly [method: string, path: string, body?: object])[] = [
			...([{}, { force: true }] as const).map((body) => ['POST', '/v1/update', body] as const),
			...['reboot', 'shutdown', 'blink'].map((name) => ['POST', `/v1/${name}`] as const),
			...['restart', 'purge'].flatMap((name) => [
				...[{ appId: 1 }, { appId: 99 }, {}].map((body) => ['POST', `/v1/${name}`, body] as const),
				...['1', '99', 'x'].map((id) => ['POST', `/v2/applications/${id}/${name}`] as const),
			]),
			...['start', 'stop', 'restart'].flatMap((name) =>
				[service, { serviceName: '<none>' }, {}].map(
					(body) => ['POST', `/v2/applications/1/${name}-service`, body] as const,
				),
			),
			['GET', '/ping'],
			['POST', '/v1/regenerate-api-key'],
		];
		const texts: string[] = [];
		for (const outcome of OUTCOMES) {
			submit.resolves(outcome);
			for (const [method, path, body] of HOOKS) {
				const answer = await call(method, path, body);
				if (typeof answer.body === 'string') texts.push(answer.body);
			}
		}
		expect(texts).to.include('OK').and.include('Missing app id');
		expect(texts.filter((text) => !/^([A-Za-z0-9\s:'.?!,/-])*$/.test(text))).to.deep.equal([]);
	});

	it('say why they did not work: locked, failed, overtaken, unknown', async () => {
		const message = async (path = '/v2/applications/1/restart') => call('POST', path);
		submit.resolves({ kind: 'failed', code: 'updates-locked', message: LOCKED });
		expect(await message()).to.deep.equal({ status: 423, body: { status: 'failed', message: LOCKED } });
		submit.resolves({ kind: 'failed', code: 'engine-failed', message: 'no' });
		expect(await message()).to.deep.equal({
			status: 503,
			body: { status: 'failed', message: 'Failed to apply state transition steps. no' },
		});
		submit.resolves({ kind: 'superseded' });
		expect(await message()).to.deep.equal({
			status: 503,
			body: { status: 'failed', message: 'request for lock canceled' },
		});
		expect(await message('/v2/applications/77/restart')).to.deep.equal({
			status: 503,
			body: { status: 'failed', message: 'Application with ID 77 is not in the current state' },
		});
	});

	it('purge an app with all of its volumes, and notify the user', async () => {
		expect(await call('POST', '/v1/purge', { appId: 1 })).to.deep.equal({
			status: 200,
			body: { Data: 'OK', Error: '' },
		});
		expect(bodies()[0]).to.deep.include({
			kind: 'purgeApp',
			containers: ['one', 'three'],
			volumes: ['1_data', 'anonymous', 'earlier', 'extra-firmware'],
		});
		expect(linesOf(systemLog)).to.deep.equal(['Purging data for app 1', 'Purged data']);
		submit.resolves({ kind: 'failed', code: 'updates-locked', message: LOCKED });
		expect((await call('POST', '/v2/applications/1/purge')).status).to.equal(423);
		expect(systemLog.write.lastCall.args[0]).to.match(/^Error purging data: .*Lockfile exists/);
		expect(await call('POST', '/v1/purge', { appId: 'x' })).to.deep.equal({
			status: 400,
			body: 'Invalid or missing appId',
		});
	});

	it('act on one service, by name or image id, and on the only one whatever it was called', async () => {
		const act = (action: string, body: unknown, appId = 1) =>
			call('POST', `/v2/applications/${appId}/${action}-service`, body);
		expect(await act('stop', { serviceName: 'db' })).to.deep.equal({ status: 200, body: 'OK' });
		await act('start', { imageId: 99 });
		await act('restart', { serviceName: 'any' }, 2);
		expect(bodies()).to.deep.equal([
			{ kind: 'stopService', appId: 1, serviceName: 'db', containerId: 'three' },
			{ kind: 'startService', appId: 1, serviceName: 'db', containerId: 'three', startedAt: 't1' },
			{ kind: 'restartService', appId: 2, serviceName: 'web', containers: ['two'] },
		]);
		expect((await act('stop', {})).status).to.equal(400);
		expect(await act('stop', { serviceName: 'none' })).to.deep.equal({
			status: 404,
			body: 'Service not found, a container must exist for this endpoint to work',
		});
		expect((await act('stop', { serviceName: 'web' }, 9)).status).to.equal(404);
		expect(await call('POST', '/v2/applications/1/stop-service', {}, SCOPED)).to.deep.equal(unauthorized);
	});

	it('start and stop the one service of an app in the first version', async () => {
		expect(await call('POST', '/v1/apps/2/stop')).to.deep.equal({ status: 200, body: { containerId: 'two' } });
		expect((await call('POST', '/v1/apps/1/stop')).status).to.equal(400);
		expect((await call('POST', '/v1/apps/9/start')).status).to.equal(400);
		expect(await call('POST', '/v1/apps/1/start', {}, SCOPED)).to.deep.equal({ status: 401, body: 'Unauthorized' });
		expect(await call('POST', '/v1/apps/x/start')).to.deep.equal({ status: 400, body: 'Invalid app id' });
	});

	it('show an app of one container, without keys', async () => {
		expect(await call('GET', '/v1/apps/2')).to.deep.equal({
			status: 200,
			body: { appId: 2, commit: 'c2', containerId: 'two', env: { FOO: 'bar' }, imageId: 'sha256:1', releaseId: 7 },
		});
		expect((await call('GET', '/v1/apps/1')).status).to.equal(400);
		expect(await call('GET', '/v1/apps/9')).to.deep.equal({ status: 400, body: 'App not found' });
		expect((await call('GET', '/v1/apps/1', undefined, SCOPED)).status).to.equal(401);
	});

	it('show the services of an app by image id, and hide other apps', async () => {
		const { body } = await call('GET', '/v2/applications/2/state');
		const running = { status: 'Running', releaseId: 7, download_progress: null };
		expect(body).to.deep.equal({ commit: 'c2', local: { 2: { services: { 12: running } } } });
		expect((await call('GET', '/v2/applications/9/state')).status).to.equal(409);
		expect((await call('GET', '/v2/applications/1/state', undefined, SCOPED)).status).to.equal(409);
		expect(await call('GET', '/v2/applications/a%20b/state')).to.deep.equal({
			status: 400,
			body: { status: 'failed', message: 'Invalid application ID: a b' },
		});
	});

	it('reboot and shut down, unless a user holds a lock', async () => {
		expect(await call('POST', '/v1/reboot', { force: true })).to.deep.equal({
			status: 202,
			body: { Data: 'OK', Error: null },
		});
		submit.resolves({ kind: 'failed', code: 'updates-locked', message: LOCKED });
		expect(await call('POST', '/v1/shutdown')).to.deep.equal({ status: 423, body: { Data: '', Error: LOCKED } });
		expect(submit.args).to.deep.equal([
			[{ kind: 'reboot' }, { force: true, asker: 'device' }],
			[{ kind: 'shutdown' }, { force: false, asker: 'device' }],
		]);
	});

	it('remove unused volumes of ours, but not those of other apps, of the system or of others', async () => {
		await call('GET', '/v2/cleanup-volumes');
		await call('GET', '/v2/cleanup-volumes', undefined, SCOPED);
		const names = bodies().map((body) => (body.kind === 'cleanupVolumes' ? body.volumes : []));
		const anonymous = ['of a service that is stored', 'of one that no release has'];
		expect(names).to.deep.equal([['1_old', '2_old', '5_image', '6_release', '7_label', ...anonymous], ['2_old']]);
	});

	it('remove no volume of the release of the cloud while local mode is on', async () => {
		storedApps = [CLOUD_APP];
		await call('GET', '/v2/cleanup-volumes');
		const [body] = bodies();
		const removed = body?.kind === 'cleanupVolumes' ? body.volumes : [];
		expect(removed.filter((name) => name.startsWith('9_'))).to.deep.equal(['9_gone']);
		expect(removed.filter((name) => name.startsWith('of '))).to.deep.equal(['of one that no release has']);
	});

	it('answer what services ask', async () => {
		const ok = (rest: object) => ({ status: 200, body: { status: 'success', ...rest } });
		expect(await call('GET', '/v2/containerId?serviceName=db')).to.deep.equal(ok({ containerId: 'three' }));
		expect(await call('GET', '/v2/containerId', undefined, SCOPED)).to.deep.equal(ok({ services: { web: 'two' } }));
		expect((await call('GET', '/v2/containerId?service=db', undefined, SCOPED)).status).to.equal(503);
		expect(await call('GET', '/v2/device/name')).to.deep.equal(ok({ deviceName: 'local' }));
		expect(await call('GET', '/v2/device/vpn')).to.deep.equal(ok({ vpn: { enabled: true, connected: false } }));
		expect(await call('GET', '/v2/local/device-info')).to.deep.equal(ok({ info: { arch: 'amd64', deviceType: 'pc' } }));
		expect(await call('POST', '/v1/regenerate-api-key')).to.deep.equal({ status: 200, body: 'c'.repeat(32) });
		expect(await call('POST', '/v1/blink')).to.deep.equal({ status: 200, body: 'OK' });
	});

	it('say that the type of the device cannot be read, in the text that clients know', async () => {
		deviceInfo = () => Promise.reject(new OperationalError('file-missing', 'no such file'));
		const message = 'There was an error validating configuration input for key: deviceType, with value: undefined';
		expect(await call('GET', '/v2/local/device-info')).to.deep.equal({
			status: 500,
			body: { status: 'failed', message },
		});
	});

	it('take tags, and say what is wrong with them', async () => {
		const set = (body: unknown) => call('PATCH', '/v2/device/tags', body);
		expect(await set({ room: 'b12' })).to.deep.equal({ status: 202, body: { status: 'success' } });
		expect(await set({})).to.deep.equal({ status: 202, body: { status: 'success' } });
		Sinon.assert.calledOnceWithExactly(setTags, { room: 'b12' });
		expect((await set({ 'a b': 'c' })).body).to.deep.equal({
			status: 'failed',
			message: 'Tag keys cannot contain whitespace',
		});
		expect((await set({ a: 1 })).status).to.equal(400);
		expect(await call('GET', '/v2/device/tags')).to.deep.equal({
			status: 500,
			body: { status: 'failed', message: 'Attempt to retrieve device tags before provision' },
		});
	});
});
