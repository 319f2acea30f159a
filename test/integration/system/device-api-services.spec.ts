import { chownSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { openStream } from './api-client.ts';
import { listImageIds } from './engine-view.ts';
import { COMMIT, setLocalScene, type LocalScene } from './local-scene.ts';

const LOCKED = 'Lockfile exists for { appId: 1, service: one }';

/** Set-ups T1 and T2 of device-api section 12. */
describe('the API of a device without a cloud', function () {
	this.timeout(60_000);
	let scene: LocalScene;

	before(async () => {
		scene = await setLocalScene();
		await scene.device.start();
	});
	after(() => scene.dispose());

	const post = (path: string, body?: unknown) => scene.call('POST', path, body === undefined ? {} : { body });
	const get = (path: string) => scene.call('GET', path);
	const ids = async () =>
		Object.fromEntries(Object.entries(await scene.containers()).map(([name, container]) => [name, container.Id]));
	const stateOf = async (service: string) => (await scene.containers())[service]?.State.Status;

	describe('with two services', () => {
		before(() => scene.apply(scene.target()));

		it('device-api #41: is busy with a new target before it answers', async () => {
			const body = {
				dependent: {},
				...scene.target({ one: { environment: { A: '1' }, volumes: ['data:/data'] }, two: {} }),
			};
			const answer = await post('/v2/local/target-state', body);
			expect([answer.status, answer.text]).to.deep.equal([200, '{"status":"success","message":"OK"}']);
			expect((await get('/v2/state/status')).json).to.have.property('appState', 'applying');
			await scene.settled();
			await scene.apply(scene.target());
		});

		it('device-api #42: runs what was posted', async () => {
			const { json } = await get('/v2/state/status');
			expect(json).to.include({ appState: 'applied', release: COMMIT });
			const { containers } = json as { readonly containers: readonly { readonly status: string }[] };
			expect(containers.map(({ status }) => status)).to.deep.equal(['Running', 'Running']);
			const { one, two } = await scene.containers();
			expect([one?.Name, two?.Name]).to.deep.equal([`/one_1_1_${COMMIT}`, `/two_2_1_${COMMIT}`]);
			expect(await scene.engine.docker('volume', 'ls', '--quiet')).to.include('1_data');
		});

		it('device-api #43: shows its target with every variable', async () => {
			const { state } = (await get('/v2/local/target-state')).json as {
				readonly state: {
					readonly local: {
						readonly config: Readonly<Record<string, unknown>>;
						readonly apps: Readonly<Record<string, { readonly services: readonly unknown[] }>>;
					};
				};
			};
			const { config, apps } = state.local;
			expect(Object.values(config).every((value) => typeof value === 'string')).to.equal(true);
			expect(Object.keys(config)).to.have.length.at.least(18);
			expect(config).to.include({ SUPERVISOR_LOCAL_MODE: 'true', SUPERVISOR_POLL_INTERVAL: '900000' });
			expect(apps['1']?.services).to.have.length(2);
			expect(apps['1']).to.include({ appUuid: '1', source: 'local', appName: 'localapp', isTargetState: true });
		});

		it('device-api #44: accepts the target that it has shown', async () => {
			const before = await ids();
			const { state } = (await get('/v2/local/target-state')).json as {
				readonly state: { readonly local: { readonly name: string; readonly config: object } };
			};
			const { name, config } = state.local;
			await scene.apply(scene.target(undefined, { name, config }));
			expect(await ids()).to.deep.equal(before);
		});

		it('device-api #45 #46: refuses a bad target with the path of the error', async () => {
			const before = await ids();
			const bad = await post('/v2/local/target-state', scene.target({}, { config: { SUPERVISOR_LOCAL_MODE: true } }));
			expect(bad.status).to.equal(400);
			expect(bad.json)
				.to.have.property('message')
				.that.match(/^Invalid target state\.\n.*SUPERVISOR_LOCAL_MODE/);
			for (const apps of [
				{ 1: null },
				{ 1: { name: 'a', commit: 'c', releaseId: 1, services: { 1: null } } },
				{ x: {} },
			]) {
				const answer = await post('/v2/local/target-state', { local: { apps } });
				expect([answer.status, answer.json]).to.have.nested.property('[0]', 400);
				expect(answer.json).to.have.property('status', 'failed');
			}
			expect(await get('/ping')).to.include({ status: 200 });
			expect(await ids()).to.deep.equal(before);
		});

		it('device-api #47: keeps services running if the device cannot run the new release', async () => {
			const before = await ids();
			const contract = { type: 'sw.container', requires: [{ type: 'sw.supervisor', version: '>=99' }] };
			await scene.apply(scene.target({ one: { contract, volumes: ['data:/data'] }, two: {} }));
			expect((await get('/v2/applications/state')).json).to.have.nested.property('localapp.updateStatus', 'rejected');
			expect(await ids()).to.deep.equal(before);
			await scene.apply(scene.target());
		});

		it('device-api #48: recreates a container that a developer has removed', async () => {
			const before = await ids();
			await scene.engine.docker('rm', '--force', before['one'] ?? '');
			await scene.apply(scene.target());
			const after = await ids();
			expect(after['one']).to.be.a('string').that.is.not.equal(before['one']);
			expect(after['two']).to.equal(before['two']);
		});

		it('device-api #49: replaces a container whose image was built again', async () => {
			const before = await ids();
			const [one, , three] = scene.images;
			await scene.engine.docker('pull', three);
			await scene.engine.docker('tag', three, 'local_image_one:latest');
			await scene.apply(scene.target());
			const after = await scene.containers();
			expect(after['one']?.Id).to.not.equal(before['one']);
			expect(after['one']?.Image).to.equal(
				(await scene.engine.docker('image', 'inspect', '--format', '{{.Id}}', three)).trim(),
			);
			expect(after['two']?.Id).to.equal(before['two']);
			await scene.engine.docker('tag', one, 'local_image_one:latest');
			await scene.apply(scene.target());
		});

		it('device-api #50: shows the app, by name and by id', async () => {
			const apps = (await get('/v2/applications/state')).json as Readonly<Record<string, object>>;
			const facts = { appId: 1, appUuid: '1', commit: COMMIT, updateStatus: 'done' };
			expect(apps['localapp']).to.include(facts);
			const { json } = await get('/v2/applications/1/state');
			const service = { status: 'Running', releaseId: 1, download_progress: null };
			expect(json).to.deep.equal({ commit: COMMIT, local: { 1: { services: { 1: service, 2: service } } } });
		});

		it('device-api #51: gives the id of a container by the name of its service', async () => {
			const { one } = await ids();
			for (const query of ['serviceName=one', 'service=one', 'serviceName=one&service=two']) {
				expect((await get(`/v2/containerId?${query}`)).json).to.deep.equal({ status: 'success', containerId: one });
			}
		});

		it('device-api #52 #54: asks which service is meant', async () => {
			const which = /^serviceName or imageId parameters were not provided/;
			expect((await get('/v1/apps/1')).text).to.equal('Some v1 endpoints are only allowed on single-container apps');
			const old = await post('/v1/apps/1/stop');
			expect(old.status).to.equal(400);
			expect(old.text).to.match(which);
			const none = await post('/v2/applications/1/stop-service', {});
			expect(none.status).to.equal(400);
			expect(none.text).to.match(which);
			const unknown = await post('/v2/applications/1/stop-service', { serviceName: 'nope' });
			expect(unknown.status).to.equal(404);
			expect(unknown.text).to.equal('Service not found, a container must exist for this endpoint to work');
		});

		it('device-api #55 #56: stops a service, keeps it stopped, and starts it again', async () => {
			const before = await ids();
			expect(await post('/v2/applications/1/stop-service', { serviceName: 'one' })).to.include({
				status: 200,
				text: 'OK',
			});
			await scene.device.waitFor('it has stopped', async () => (await stateOf('one')) === 'exited');
			await post('/v1/update'); // any wake will do
			await scene.settled();
			expect(await stateOf('one')).to.equal('exited');
			expect(await post('/v2/applications/1/start-service', { serviceName: 'one' })).to.include({
				status: 200,
				text: 'OK',
			});
			expect(await stateOf('one')).to.equal('running');
			expect(await ids()).to.deep.equal(before);
		});

		it('device-api #57: restarts a service by the id of its image', async () => {
			const before = await ids();
			expect((await post('/v2/applications/1/restart-service', { imageId: '2' })).status).to.equal(200);
			const after = await ids();
			expect(after['one']).to.equal(before['one']);
			expect(after['two']).to.be.a('string').that.is.not.equal(before['two']);
		});

		for (const first of ['stop', 'start', 'restart']) {
			for (const second of ['stop', 'start', 'restart']) {
				it(`${first} and ${second}, 5 ms apart: both are answered, and the second one holds`, async () => {
					await post('/v2/applications/1/start-service', { serviceName: 'one' });
					const answers = [first, second].map(async (action, n) => {
						await new Promise((resolve) => setTimeout(resolve, 5 * n));
						return await post(`/v2/applications/1/${action}-service`, { serviceName: 'one' });
					});
					const [earlier, later] = await Promise.all(answers);
					expect(later).to.include({ status: 200, text: 'OK' });
					expect(
						earlier?.status === 200 || earlier?.text.includes('request for lock canceled'),
						earlier?.text,
					).to.equal(true);
					await scene.settled();
					expect(await stateOf('one')).to.equal(second === 'stop' ? 'exited' : 'running');
				});
			}
		}

		it('device-api #60 #61: touches nothing while a service says "not now"', async () => {
			await scene.settled();
			const before = await ids();
			scene.locks.lockAsUser('one');
			for (const [path, body] of [
				['/v2/applications/1/restart-service', { serviceName: 'two' }],
				['/v1/restart', { appId: 1 }],
				['/v2/applications/1/purge', {}],
			] as const) {
				const answer = await post(path, body);
				expect([answer.status, answer.json], path).to.deep.equal([423, { status: 'failed', message: LOCKED }]);
			}
			expect(await ids()).to.deep.equal(before);
			expect(scene.locks.ownerOf('one')).to.equal(0);
			expect(scene.locks.held()).to.deep.equal([]);
			expect((await post('/v2/applications/1/start-service', { serviceName: 'two' })).status).to.equal(200);
			const reboot = await post('/v1/reboot');
			expect([reboot.status, reboot.json]).to.deep.equal([423, { Data: '', Error: LOCKED }]);
			scene.locks.remove('one', 'updates.lock');
		});

		it('device-api #62: takes a folder for a lock too, and removes it by force', async () => {
			const path = scene.locks.pathOf('two', 'resin-updates.lock');
			mkdirSync(path, { recursive: true });
			const body = { serviceName: 'two' };
			expect((await post('/v2/applications/1/restart-service', body)).status).to.equal(423);
			expect((await post('/v2/applications/1/restart-service', { ...body, force: 'true' })).status).to.equal(200);
			await scene.device.waitFor('no lock is left', () => !existsSync(path) && scene.locks.held().length === 0);
		});

		it('device-api #63: takes the lock that another supervisor has left for its own', async () => {
			const path = scene.locks.leaveBehind('two', 'updates.lock');
			chownSync(path, 65_534, 65_534);
			expect((await post('/v2/applications/1/restart-service', { serviceName: 'two' })).status).to.equal(200);
			await scene.device.waitFor('it is gone', () => !existsSync(path));
		});

		it('device-api #64: removes locks if the lock override is on', async () => {
			const config = { SUPERVISOR_LOCAL_MODE: 'true', SUPERVISOR_OVERRIDE_LOCK: 'true' };
			await scene.apply(scene.target(undefined, { config }));
			const before = await ids();
			const path = scene.locks.pathOf('one', 'updates.lock');
			scene.locks.lockAsUser('one');
			expect((await post('/v1/restart', { appId: 1 })).status).to.equal(200);
			const after = await ids();
			expect(after['one']).to.not.equal(before['one']);
			expect(after['two']).to.not.equal(before['two']);
			await scene.device.waitFor('the lock is gone', () => !existsSync(path));
			await scene.apply(scene.target());
		});

		it('device-api #65: restarts an app, and keeps its data', async () => {
			const before = await ids();
			await writeData();
			expect(await post('/v1/restart', { appId: '1' })).to.include({ status: 200, text: 'OK' });
			const after = await ids();
			expect(after['one']).to.not.equal(before['one']);
			expect(after['two']).to.not.equal(before['two']);
			expect(await readData()).to.equal('kept');
		});

		it('device-api #66: purges an app, by both versions of the API', async () => {
			const images = await listImageIds(scene.engine);
			for (const [path, body, answer] of [
				['/v1/purge', { appId: 1 }, '{"Data":"OK","Error":""}'],
				['/v2/applications/1/purge', {}, 'OK'],
			] as const) {
				await scene.settled();
				const before = await ids();
				await writeData();
				expect(await post(path, body)).to.include({ status: 200, text: answer });
				await scene.settled();
				const after = await ids();
				expect(after['one']).to.not.equal(before['one']);
				expect(after['two']).to.not.equal(before['two']);
				expect(await readData()).to.equal('');
			}
			expect(await scene.engine.docker('volume', 'ls', '--quiet')).to.include('extra-firmware');
			expect(await listImageIds(scene.engine)).to.have.members(images);
		});

		it('device-api #67: answers two restarts at once, and gets there', async () => {
			const first = post('/v1/restart', { appId: 1 });
			await new Promise((resolve) => setTimeout(resolve, 300));
			const answers = await Promise.all([first, post('/v1/restart', { appId: 1 })]);
			for (const { status, text } of answers) {
				expect(status === 200 || (status === 503 && text.includes('request for lock canceled')), text).to.equal(true);
			}
			await scene.settled();
			expect([await stateOf('one'), await stateOf('two')]).to.deep.equal(['running', 'running']);
		});

		it('device-api #75: streams log lines from the moment a client connects', async () => {
			const stream = await openStream(scene.device.url, 'GET', '/v2/local/logs');
			expect(stream.statusCode).to.equal(200);
			expect(stream.headers).not.to.have.property('content-type');
			expect(stream.headers['transfer-encoding']).to.equal('chunked');
			let text = '';
			stream.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
			stream.on('error', () => undefined); // closed by the test
			await scene.device.waitFor('it greets', () => text !== '');
			expect(text.split('\n')[0]).to.equal('{"message":"Streaming logs","isSystem":true}');
			await post('/v2/applications/1/restart-service', { serviceName: 'two' });
			await scene.device.waitFor('it has logged the start', () => text.includes("Started service 'two"));
			const lines = text
				.trimEnd()
				.split('\n')
				.map((line) => JSON.parse(line) as Record<string, unknown>);
			const killing = lines.find(({ message }) => String(message).startsWith("Killing service 'two"));
			expect(killing).to.include({ isSystem: true }).and.to.have.property('timestamp').that.is.a('number');
			stream.destroy();
		});

		after(() => scene.engine.docker('volume', 'rm', '--force', 'orphan', '1_stale'));

		it('device-api #76: removes unused volumes, of apps of the device only (decision D26)', async () => {
			await scene.engine.docker('volume', 'create', 'orphan');
			await scene.engine.docker('volume', 'create', '1_stale');
			await scene.device.waitFor('the supervisor has seen them', async () => {
				const { status } = await get('/v2/cleanup-volumes');
				expect(status).to.equal(200);
				const volumes = (await scene.engine.docker('volume', 'ls', '--quiet')).split('\n');
				expect(volumes).to.include('1_data').and.to.include('extra-firmware');
				return !volumes.includes('1_stale');
			});
			expect(await scene.engine.docker('volume', 'rm', 'orphan')).to.include('orphan');
		});

		it('device-api #79: writes the configuration where the operating system reads it', async () => {
			const config = { SUPERVISOR_OVERRIDE_LOCK: 'true' };
			await scene.apply(scene.target(undefined, { config }));
			const dump = join(scene.device.folder, 'root/tmp/balena-supervisor/target-state-config');
			expect(JSON.parse(readFileSync(dump, 'utf8'))).to.deep.equal(config);
			await scene.apply(scene.target());
		});

		it('D11: runs what was posted again after a restart, without a cloud', async () => {
			const before = await ids();
			await scene.device.kill('SIGKILL');
			await scene.engine.docker('rm', '--force', before['two'] ?? '');
			await scene.device.start();
			await scene.device.waitFor('both run', async () => (await stateOf('two')) === 'running');
			expect((await ids())['one']).to.equal(before['one']);
		});
	});

	describe('with one service', () => {
		before(() => scene.apply(scene.target({ one: { volumes: ['data:/data'], environment: { FOO: 'bar' } } })));

		it('device-api #53: shows its container as the first version of the API does', async () => {
			const { one } = await scene.containers();
			const app = (await get('/v1/apps/1')).json as { readonly env: Readonly<Record<string, string>> };
			expect(app).to.include({ appId: 1, commit: COMMIT, containerId: one?.Id, releaseId: 1 });
			expect(app.env).to.include({ BALENA_APP_ID: '1', FOO: 'bar' });
			expect(Object.keys(app.env).filter((name) => name.endsWith('_API_KEY'))).to.deep.equal([]);
		});

		it('device-api #58: takes the only container for the one that was meant', async () => {
			expect((await post('/v2/applications/1/stop-service', { serviceName: 'wrong' })).status).to.equal(200);
			await scene.device.waitFor('it has stopped', async () => (await stateOf('one')) === 'exited');
			expect((await post('/v2/applications/1/start-service', { serviceName: 'wrong' })).status).to.equal(200);
		});

		it('device-api #59: stops and starts it by its app', async () => {
			const { one } = await ids();
			const stopped = await post('/v1/apps/1/stop');
			expect([stopped.status, stopped.json]).to.deep.equal([200, { containerId: one }]);
			const word = async () => ((await get('/v1/device')).json as { readonly status?: string }).status;
			await scene.device.waitFor('it has stopped', async () => (await word()) === 'exited');
			const started = await post('/v1/apps/1/start');
			expect([started.status, started.json]).to.deep.equal([200, { containerId: one }]);
			await scene.device.waitFor('it runs', async () => (await word()) === 'Idle');
		});
	});

	async function writeData(): Promise<void> {
		const { one } = await ids();
		await scene.engine.docker('exec', one ?? '', 'sh', '-c', 'echo kept >/data/file');
	}

	async function readData(): Promise<string> {
		const { one } = await ids();
		return (await scene.engine.docker('exec', one ?? '', 'sh', '-c', 'cat /data/file 2>/dev/null || true')).trim();
	}
});
