import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { startEngineProxy } from '../../support/device-process-proxy.ts';
import { readTraces } from './engine-view.ts';
import { setScene, type Scene } from './scene.ts';

const STOP_MS = 8000;
const IDLE_MS = 5000;
const CHANGES = /^(POST|DELETE|PUT) /;
const EVENTS = /^GET (\/v[\d.]+)?\/events/;

describe('a device whose supervisor is restarted', function () {
	this.timeout(60_000);
	let scene: Scene;
	let commit: string;

	before(async () => {
		scene = await setScene({ environment: { LOG_LEVEL: 'debug' } });
		const [one, two, three] = scene.images;
		const compositions = {
			web: { labels: { 'io.balena.features.supervisor-api': '1', 'io.balena.features.balena-api': '1' } },
			db: { volumes: ['data:/data'] },
		};
		await scene.device.start();
		({ commit } = await scene.apply({ web: one, db: two, job: three }, { compositions, volumes: { data: {} } }));
		// A request is written down with its path: this one must not be.
		await scene.device.call('GET', `/${scene.fleet.provisioningKey}`);
	});
	after(() => scene.dispose());

	it('host #38: keeps its containers running when asked to end, and finds them when it is back', async () => {
		const { device, engine } = scene;
		const since = Date.now();
		const before = await readTraces(engine);
		const startedAt = performance.now();
		expect(await device.kill('SIGTERM')).to.equal(143);
		expect(performance.now() - startedAt).to.be.lessThan(STOP_MS);
		expect(device.logSinceStart()).to.include('Received SIGTERM. Exiting.');
		expect(await readTraces(engine)).to.deep.equal(before);

		await device.start();
		await device.waitForOnTarget(commit);
		expect(await readTraces(engine)).to.deep.equal(before);
		expect(before.every((line) => line.includes(' running '))).to.equal(true);
		const seconds = (timeMs: number) => (timeMs / 1000).toFixed(3);
		expect(await engine.docker('events', '--since', seconds(since), '--until', seconds(Date.now()))).to.equal('');
	});

	it('starts no step after a restart, and sends no request to the engine while there is nothing to do', async () => {
		const { device, engine } = scene;
		await device.kill('SIGTERM');
		const socketPath = join(device.folder, 'engine.sock');
		const proxy = await startEngineProxy(socketPath, engine.socketPath);
		try {
			await device.start({ DOCKER_HOST: `unix://${socketPath}` });
			await device.waitForOnTarget(commit);
			await device.waitForLog('target stored');
			await device.waitFor('it has looked', () => proxy.requests.some((request) => request.includes('/images/json')));
			await sleep(1000); // what the first look at the stored target still causes
			const before = proxy.requests.length;
			await sleep(IDLE_MS);
			expect(proxy.requests.slice(before)).to.deep.equal([]);
			expect(proxy.requests.filter((request) => CHANGES.test(request))).to.deep.equal([]);
			expect(proxy.requests.filter((request) => EVENTS.test(request))).to.have.lengthOf(1);
			expect(device.logSinceStart()).to.not.match(/step (started|done|failed)/);
		} finally {
			await device.kill('SIGTERM');
			await proxy.stop();
		}
	});

	it('has written none of its keys to the log', async () => {
		const { device, fleet } = scene;
		await device.kill('SIGTERM');
		await device.start();
		await device.waitForOnTarget(commit);
		const config = JSON.parse(readFileSync(device.configPath, 'utf8')) as { readonly deviceApiKey: string };
		const apiKey = await device.apiKey();
		for (const key of [apiKey, config.deviceApiKey]) {
			await device.call('GET', `/v1/device?apikey=${key}`);
			await device.call('GET', `/v1/${key}`, apiKey);
		}
		const log = device.log();
		expect(log.length).to.be.greaterThan(2000);
		expect(config.deviceApiKey).to.match(/^[0-9a-f]{32}$/);
		expect(apiKey).to.match(/^[0-9a-f]{32}$/);
		for (const key of [config.deviceApiKey, apiKey, fleet.provisioningKey]) {
			expect(log.includes(key), `the log has ${key}`).to.equal(false);
		}
	});
});
