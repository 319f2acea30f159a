import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { setLocalScene, type LocalScene } from './local-scene.ts';

const FILE = '# mine\n[pi4]\narm_boost=1\n[all]\nkernel=kernel8.img\ndtparam=i2c_arm=on\ngpu_mem=64\n';

describe('a Raspberry Pi that gets its first target from a developer', function () {
	this.timeout(60_000);
	let scene: LocalScene;
	let path: string;

	before(async () => {
		scene = await setLocalScene();
		path = join(scene.device.folder, 'boot/config.txt');
		writeFileSync(path, FILE);
		writeFileSync(
			join(scene.device.folder, 'boot/device-type.json'),
			JSON.stringify({ slug: 'raspberrypi4-64', arch: 'aarch64' }),
		);
		await scene.device.start();
	});
	after(() => scene.dispose());

	interface LocalTarget {
		readonly state: { readonly local: { readonly config: Readonly<Record<string, string>> } };
	}
	const readTarget = async () => (await scene.call('GET', '/v2/local/target-state')).json as LocalTarget;

	it('config #31: shows its boot configuration, and changes nothing when it is sent back', async () => {
		const { state } = await readTarget();
		expect(state.local.config).to.include({
			HOST_CONFIG_arm_boost: '1',
			HOST_CONFIG_kernel: 'kernel8.img',
			HOST_CONFIG_dtparam: '"i2c_arm=on"',
			HOST_CONFIG_gpu_mem: '64',
		});
		await scene.apply(state);
		await sleep(1000);
		expect(readFileSync(path, 'utf8')).to.equal(FILE);
		expect(scene.device.log()).to.not.contain('boot config');
	});

	it('changes one line for one variable, and keeps the kernel without its variable', async () => {
		// The API closes for the reboot that follows.
		await scene.call('POST', '/v2/local/target-state', {
			body: {
				local: { name: 'tracker', apps: {}, config: { SUPERVISOR_LOCAL_MODE: 'true', HOST_CONFIG_gpu_mem: '128' } },
			},
		});
		await scene.device.waitFor('the file is written', () =>
			Promise.resolve(readFileSync(path, 'utf8').includes('gpu_mem=128')),
		);
		expect(readFileSync(path, 'utf8')).to.equal('# mine\n[pi4]\narm_boost=1\n[all]\nkernel=kernel8.img\ngpu_mem=128\n');
	});
});
