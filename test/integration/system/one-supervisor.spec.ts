import { expect } from 'chai';
import { DeviceProcess } from '../../support/device-process.ts';
import { setLocalScene, type LocalScene } from './local-scene.ts';

describe('a second supervisor on one data folder', function () {
	this.timeout(60_000);
	let scene: LocalScene;

	before(async () => {
		scene = await setLocalScene();
		await scene.device.start();
	});
	after(() => scene.dispose());

	/** On the folder of the first. */
	function second(): DeviceProcess {
		const { engine, cloud, fleet, device } = scene;
		return new DeviceProcess(device.folder, Number(new URL(device.url).port), { engine, cloud: { ...cloud, fleet } });
	}

	it('waits ten seconds and exits with one line, and the first is not disturbed', async () => {
		const other = second();
		other.launch();
		expect(await other.ended()).to.equal(1);
		expect(other.log())
			.to.contain(`another supervisor runs on ${scene.device.folder}/data`)
			.and.not.contain('database migrated');
		expect(await scene.call('GET', '/v1/healthy')).to.include({ status: 200 });
	});

	it('takes over when the first ends meanwhile', async () => {
		const other = second();
		other.launch();
		await other.waitFor('it has begun', () => Promise.resolve(other.log().includes('starting up')));
		await scene.device.kill('SIGKILL');
		await other.waitFor('its API answers', async () => (await other.call('GET', '/ping'))?.status === 200);
		expect(await other.kill('SIGTERM')).to.equal(143);
	});
});
