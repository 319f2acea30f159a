import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { requireEngine } from '../../support/real-engine.ts';
import { startEngineProxy, type EngineProxy } from '../../support/device-process-proxy.ts';
import { CleanUp } from '../../support/clean-up.ts';
import { apiClient } from './api-client.ts';
import { setScene, type Scene } from './scene.ts';

const TIMES = 100;

describe('a device that is only asked how it is', function () {
	this.timeout(60_000);
	const cleanUp = new CleanUp();
	let proxy: EngineProxy;
	let scene: Scene;

	before(async () => {
		const folder = mkdtempSync(join(tmpdir(), 'proxy-'));
		cleanUp.add(() => rmSync(folder, { recursive: true }));
		const path = join(folder, 'engine.sock');
		const engine = await requireEngine();
		proxy = await startEngineProxy(path, engine.socketPath);
		cleanUp.add(() => proxy.stop());
		scene = await setScene({ environment: { DOCKER_SOCKET: path, DOCKER_HOST: `unix://${path}` } });
		cleanUp.add(() => scene.dispose());
		await scene.device.start();
		await scene.apply({ web: scene.images[0], db: scene.images[1] });
	});
	after(() => cleanUp.run());

	it('asks the engine nothing, however often it is asked', async () => {
		const call = apiClient(scene.device.url);
		const key = await scene.device.apiKey();
		await sleep(1500); // the report that follows the update, and its metrics
		const before = proxy.requests.length;
		for (const path of [
			...['/ping', '/v1/healthy', '/v1/device', '/v2/version', '/v2/state/status', '/v2/containerId'],
			...['/v2/applications/state', `/v2/applications/${scene.fleet.id}/state`, '/v2/local/target-state'],
			...['/v2/device/name', '/v2/local/device-info', '/v1/device/host-config', '/metrics'],
		]) {
			for (let n = 0; n < TIMES; n += 1) {
				expect((await call('GET', path, { key })).status, path).to.equal(200);
			}
		}
		expect(proxy.requests.slice(before)).to.deep.equal([]);
	});
});
