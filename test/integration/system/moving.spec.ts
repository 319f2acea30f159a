import { readFileSync, writeFileSync } from 'node:fs';
import { expect } from 'chai';
import { createControlClient, type ControlClient } from '../../../tools/cloud/control-client.ts';
import type { FleetView } from '../../../tools/cloud/control-views.ts';
import { startCloud, type RunningCloud } from '../../../tools/cloud/start-cloud.ts';
import { describeMachine } from '../../../tools/dind/device-folder.ts';
import { CleanUp } from '../../support/clean-up.ts';
import { startResponder } from '../../support/name-responder.ts';
import { containersByService, listContainers, listImages, listVolumes, readTraces } from './engine-view.ts';
import { startHeldRegistry } from './held-registry.ts';
import { setScene, type Scene } from './scene.ts';

/** Of multicast DNS: no other will do here. */
const MULTICAST_PORT = 5353;
const ANALYTICS = /mixpanel|analytics|amplitude|track/i;

describe('a device and its clouds', function () {
	this.timeout(60_000);
	const cleanUp = new CleanUp();
	let scene: Scene;
	let other: { readonly cloud: RunningCloud; readonly client: ControlClient; readonly fleet: FleetView };

	beforeEach(async () => {
		scene = await setScene();
		cleanUp.add(() => scene.dispose());
		const cloud = await startCloud({ port: 0, minimumPollIntervalMs: 1000 });
		cleanUp.add(() => cloud.stop());
		const client = createControlClient(cloud.url);
		const { slug: deviceType, arch } = describeMachine();
		other = { cloud, client, fleet: await client.createFleet({ name: 'elsewhere', deviceType, arch }) };
	});
	afterEach(() => cleanUp.run());

	function readConfig(): Readonly<Record<string, unknown>> {
		return JSON.parse(readFileSync(scene.device.configPath, 'utf8')) as Readonly<Record<string, unknown>>;
	}

	/** As the operating system does when a device joins or leaves; `undefined` takes away. */
	function writeConfig(change: Readonly<Record<string, unknown>>): void {
		writeFileSync(scene.device.configPath, JSON.stringify({ ...readConfig(), ...change }));
	}

	const FORGOTTEN = { registered_at: undefined, deviceId: undefined };
	const posts = async (client: ControlClient) =>
		(await client.listRequests()).filter(
			({ method, path }) => method === 'POST' && path.startsWith('/v7/device_config_variable'),
		);

	it('cloud-api #15: reports its settings to another cloud too, is the same device there, and applies its target', async () => {
		const { device, client, engine, images } = scene;
		// Differs from the default, so that there is something to report.
		writeConfig({ persistentLogging: true });
		await device.start();
		await scene.apply({ web: images[0] });
		const uuid = await device.uuid();
		const reported = (await posts(client)).length;
		expect(reported).to.be.greaterThan(0);
		await device.kill('SIGTERM');

		await device.start();
		await device.waitForLog('target stored');
		expect(await posts(client), 'the same cloud').to.have.lengthOf(reported);
		await device.kill('SIGTERM');

		await other.client.createRelease(other.fleet.id, {
			composition: { services: { elsewhere: {} } },
			images: { elsewhere: images[1] },
		});
		const { id: applicationId, provisioningKey: apiKey } = other.fleet;
		writeConfig({ ...FORGOTTEN, apiEndpoint: other.cloud.url, apiKey, applicationId });
		await client.deleteRequests();
		await device.start();
		await device.waitFor('it does what the other cloud wants', async () => {
			const { elsewhere, web } = await containersByService(engine);
			return elsewhere?.State.Status === 'running' && web === undefined;
		});
		expect((await other.client.listDevices()).map((view) => view.uuid)).to.deep.equal([uuid]);
		expect(await posts(other.client), 'the other cloud').to.have.lengthOf(reported);
		expect(await client.listRequests(), 'the cloud that it left').to.deep.equal([]);
		expect(readConfig()).to.include({ uuid }).and.not.to.have.property('apiKey');
	});

	it('leaves its cloud and keeps the data, and reports what is new when it comes back as the same device', async () => {
		const { device, client, engine, images, fleet, cloud } = scene;
		await device.start();
		const compositions = { web: { volumes: ['data:/data'] } };
		const { commit } = await scene.apply({ web: images[0] }, { compositions, volumes: { data: {} } });
		const uuid = await device.uuid();
		await device.kill('SIGTERM');
		const [volumes, stored] = [await listVolumes(engine), await listImages(engine)];
		expect(volumes).to.have.lengthOf(1);

		writeConfig({ ...FORGOTTEN, apiEndpoint: undefined, apiKey: undefined });
		await client.deleteRequests();
		await device.start();
		await device.waitFor('its services are removed', async () => (await listContainers(engine)).length === 0);
		expect((await device.call('GET', '/v2/state/status'))?.status, 'without a key').to.equal(200);
		expect((await device.call('GET', '/v1/healthy'))?.status).to.equal(200);
		expect(await client.listRequests()).to.deep.equal([]);
		await device.kill('SIGTERM');
		expect([await listVolumes(engine), await listImages(engine)]).to.deep.equal([volumes, stored]);

		writeConfig({ apiEndpoint: cloud.url, apiKey: fleet.provisioningKey, applicationId: fleet.id });
		writeConfig({ persistentLogging: true });
		await device.start();
		await device.waitFor('it has reported what is new', async () => (await posts(client)).length === 1);
		// The setting takes a reboot, which this device without D-Bus cannot get, so it is not "applied".
		await device.waitFor('its release is applied', async () => (await device.status())?.release === commit);
		await device.waitFor('its service runs', async () => (await listContainers(engine)).length === 1);
		expect(readConfig()).to.include({ uuid });
		expect((await client.listDevices()).map((view) => view.uuid)).to.deep.equal([uuid]);
		expect(await listVolumes(engine)).to.deep.equal(volumes);
	});

	it('cloud-api #59, host #39 with decision D3: keeps the stored target running, and is healthy, while its cloud cannot be reached', async () => {
		const { device, engine, images, cloud } = scene;
		await device.start();
		await scene.apply({ web: images[0], db: images[1] });
		await device.kill('SIGTERM');
		await cloud.stop();
		const before = await readTraces(engine);

		await device.start();
		await device.waitForLog('cannot fetch the target, the stored one stays in force');
		expect(await readTraces(engine)).to.deep.equal(before);
		const { web } = await containersByService(engine);
		await engine.docker('kill', web?.Id ?? '');
		await device.waitFor('it runs again', async () => {
			const now = (await containersByService(engine))['web'];
			return now?.State.Status === 'running' && now.State.StartedAt !== web?.State.StartedAt;
		});
		expect((await device.call('GET', '/v1/healthy'))?.status).to.equal(200);
	});

	it('cloud-api #60: finds a cloud that only multicast knows, for requests and for logs', async () => {
		const { device, client, cloud, images } = scene;
		const name = 'cloud-of-the-test.local';
		const responder = await startResponder({ port: MULTICAST_PORT, records: { [`A ${name}`]: '127.0.0.1' } });
		try {
			writeConfig({ apiEndpoint: `http://${name}:${cloud.port}` });
			await device.start();
			await scene.apply({ web: images[0] });
			await device.waitForLog('Internet Connectivity: OK');
			await device.waitFor('its log streams', async () => (await client.listLogs(await device.uuid())).length > 0);
			expect(responder.asked).to.include(`A ${name}`);
			const hosts = new Set((await client.listRequests()).map(({ headers }) => headers['host']));
			expect([...hosts].filter((host) => host?.startsWith(name))).to.deep.equal([`${name}:${cloud.port}`]);
		} finally {
			await responder.stop();
		}
	});

	it('cloud-api #26: downloads on while its cloud sends the same target again and again, as if it were new', async () => {
		const { device, client, cloud, engine, images } = scene;
		const registry = await startHeldRegistry(engine);
		try {
			await device.start();
			const uuid = await device.uuid();
			await scene.release({ web: registry.hold(images[0]) });
			const headers = { authorization: `Bearer ${String(readConfig()['deviceApiKey'])}` };
			const body = await (await fetch(`${cloud.url}/device/v3/${uuid}/state`, { headers })).text();
			const answer = { match: { method: 'GET', path: '/\\/state$/' }, status: 200, body };
			await device.update();
			await device.waitFor('the download has begun', () => registry.isAskedFor(images[0]));
			const stored = () => device.logSinceStart().split('target stored').length;
			const before = stored();
			for (let time = 1; time <= 3; time++) {
				await client.deleteFaults();
				await client.createFault({ ...answer, headers: { etag: `"${time}"` } }); // never a 304
				await device.update();
				await device.waitFor('it has it', () => stored() === before + time);
			}
			registry.letGo(images[0]);
			await device.waitFor('it runs', async () => (await containersByService(engine))['web'] !== undefined);
			expect(device.logSinceStart()).to.not.match(/pull.*(cancel|interrupt|abort)/i);
			expect(device.logSinceStart().split('step=pullImage')).to.have.lengthOf(2);
		} finally {
			await registry.stop(); // or a pull that waits would be waited for
			cleanUp.add(() => registry.removeImages());
			cleanUp.add(() => device.dispose());
		}
	});

	it('takes no notice of variables that name a proxy', async () => {
		const { device, client, images } = scene;
		const proxy = `http://127.0.0.1:${other.cloud.port}`;
		const names = ['HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY'].flatMap((each) => [each, each.toLowerCase()]);
		await device.start({ ...Object.fromEntries(names.map((each) => [each, proxy])), NO_PROXY: '', no_proxy: '' });
		const { commit } = await scene.apply({ web: images[0] });
		await scene.waitForReport(commit, ['web']);
		await device.waitFor('its log streams', async () => (await client.listLogs(await device.uuid())).length > 0);
		const calls = other.cloud.requests.since(0).filter(({ path }) => !path.startsWith('/control'));
		expect(calls).to.deep.equal([]);
	});

	it('cloud-api #61: sends only requests of the protocol', async () => {
		const { device, client, images } = scene;
		writeConfig({ mixpanelToken: 'token', mixpanelHost: { host: '127.0.0.1', path: '/mixpanel' } });
		await device.start();
		const { commit } = await scene.apply({ web: images[0] });
		await scene.waitForReport(commit, ['web']);
		const paths = (await client.listRequests()).map(({ path }) => path).filter((path) => !path.startsWith('/control'));
		expect(paths.filter((path) => ANALYTICS.test(path))).to.deep.equal([]);
		const known =
			/^\/(device\/register|device\/v3\/[^?]*|v7\/(device|device_config_variable|release|application)\b.*|device\/v2\/\w+\/log-stream)/;
		expect(paths.filter((path) => !known.test(path))).to.deep.equal([]);
		expect(readConfig()).to.include({ mixpanelToken: 'token' });
	});
});
