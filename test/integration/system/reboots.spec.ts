import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { CleanUp } from '../../support/clean-up.ts';
import { FakeHostServices, PrivateBus } from '../device/private-bus.ts';
import { containersByService } from './engine-view.ts';
import { setScene, type Scene } from './scene.ts';

const OLD = '# mine\ngpu_mem=16\n';
const VAIN =
	'3 reboots did not apply HOST_CONFIG_gpu_mem=64 (config.txt); no more reboots for it until the target changes';
const STOP_MS = 2000;

interface Device {
	readonly scene: Scene;
	readonly services: FakeHostServices;
	readonly busAddress: string;
	at(path: string): string;
	/** How often logind was asked. */
	reboots(): number;
	start(): Promise<void>;
	/** The device boots: its boot file is the old one again, and its tmpfs is empty. */
	boot(): Promise<void>;
	dispose(): Promise<void>;
}

/** A Raspberry Pi with a service, and with a bus on which the test plays logind. */
async function makeDevice(): Promise<Device> {
	const cleanUp = new CleanUp();
	return cleanUp.during(async () => {
		const scene = await setScene({});
		const { device } = scene;
		const at = (path: string) => join(device.folder, path);
		mkdirSync(at('root/run/dbus'), { recursive: true });
		const bus = new PrivateBus(at('root/run/dbus'));
		await bus.start();
		cleanUp.add(() => bus.stop());
		const services = await FakeHostServices.start(bus.address);
		cleanUp.add(() => services.stop());
		cleanUp.add(() => scene.dispose());
		services.activeStates.set('openvpn.service', 'active').set('redsocks.service', 'active');
		writeFileSync(at('boot/config.txt'), OLD);
		writeFileSync(at('boot/device-type.json'), JSON.stringify({ slug: 'raspberrypi4-64', arch: 'aarch64' }));
		const start = () => device.start({ DBUS_SYSTEM_BUS_ADDRESS: bus.address });
		await start();
		await scene.apply({ web: scene.images[0] });
		return {
			scene,
			services,
			busAddress: bus.address,
			at,
			reboots: () => services.calls.filter((call) => call === 'Reboot(false)').length,
			start,
			boot: async () => {
				await device.kill('SIGKILL');
				rmSync(at('root/tmp/balena-supervisor'), { recursive: true, force: true });
				writeFileSync(at('boot/config.txt'), OLD);
				await start();
			},
			dispose: () => cleanUp.run(),
		};
	});
}

const askFor = async ({ scene: { client, device } }: Device, gpuMem: string) => {
	await client.updateDevice(await device.uuid(), { config: { BALENA_HOST_CONFIG_gpu_mem: gpuMem } });
	await device.update();
};

describe('reboots of the device itself', function () {
	this.timeout(120_000);
	let device: Device;

	beforeEach(async () => {
		device = await makeDevice();
	});
	afterEach(() => device.dispose());

	it('are three for a boot file that reverts with each of six boots, and the user is notified once', async () => {
		const { scene } = device;
		const before = (await containersByService(scene.engine))['web'];
		await askFor(device, '64');
		for (let boots = 1; boots <= 6; boots++) {
			if (boots <= 3) {
				await scene.device.waitFor(`reboot ${boots} was asked for`, () => device.reboots() === boots);
				expect(readFileSync(device.at('boot/config.txt'), 'utf8')).to.equal('# mine\ngpu_mem=64\n');
			} else {
				await scene.device.waitFor('it has given up', () => scene.device.log().includes(VAIN));
				await sleep(3000);
			}
			await device.boot();
		}
		await sleep(3000);
		expect(device.reboots()).to.equal(3);
		expect(scene.device.log().split(VAIN)).to.have.length(2);
		expect(readFileSync(device.at('boot/config.txt'), 'utf8')).to.equal(OLD);
		expect((await containersByService(scene.engine))['web']?.Id).to.equal(before?.Id);

		const { commit } = await scene.release({ web: scene.images[1] });
		await scene.device.update();
		await scene.device.waitFor('its releases go on', async () => (await scene.device.status())?.release === commit);
		await askFor(device, '32');
		await scene.device.waitFor('another target gets its reboot', () => device.reboots() === 4);
	});

	it('are asked for again when logind refuses them, without locks meanwhile', async () => {
		const { scene, services } = device;
		const locks = device.at(`root/tmp/balena-supervisor/services/${scene.fleet.id}/web`);
		mkdirSync(locks, { recursive: true });
		services.refusal = { name: 'org.freedesktop.login1.BlockedByInhibitorLock', text: 'a backup is being made' };
		await askFor(device, '64');
		await scene.device.waitForLog('Unable to reboot, retrying: ');
		expect(scene.device.log()).to.contain('a backup is being made');
		await scene.device.waitFor(
			'the API answers',
			async () => (await scene.device.call('GET', '/ping'))?.status === 200,
		);
		expect(existsSync(join(locks, 'updates.lock'))).to.equal(false);
		await scene.device.waitFor('it asks again', () => device.reboots() >= 3);
		services.refusal = undefined;
		await scene.device.waitFor('the API closes', async () => {
			await sleep(1500);
			return (await scene.device.call('GET', '/ping')) === undefined;
		});
		expect(scene.device.log().split('Unable to reboot, retrying').length).to.equal(2);
		await sleep(5000);
		expect(await scene.device.call('GET', '/ping')).to.equal(undefined);
	});
});

describe('a process that ends while the system bus does not answer', function () {
	this.timeout(60_000);
	let device: Device;

	beforeEach(async () => {
		device = await makeDevice();
	});
	afterEach(() => device.dispose());

	async function expectQuickEnd(): Promise<void> {
		const started = performance.now();
		expect(await device.scene.device.kill('SIGTERM')).to.equal(143);
		expect(performance.now() - started).to.be.below(STOP_MS);
	}

	it('ends within two seconds where the bus accepts connections and never answers', async () => {
		const { scene } = device;
		await scene.device.kill('SIGTERM');
		const path = device.at('root/run/dbus/silent');
		const [server, sockets] = await listenSilently(path);
		try {
			await scene.device.start({ DBUS_SYSTEM_BUS_ADDRESS: `unix:path=${path}` });
			await scene.device.waitFor('it has connected', () => sockets.length > 0);
			await expectQuickEnd();
		} finally {
			sockets.forEach((socket) => socket.destroy());
			server.close();
		}
	});

	it('ends within two seconds during a start, a change of the host, a change of the VPN and a reboot', async () => {
		const { scene, services } = device;
		services.isSilent = true;
		const { client } = scene;
		await client.updateDevice(await scene.device.uuid(), { config: { BALENA_SUPERVISOR_VPN_CONTROL: 'false' } });
		await scene.device.update();
		const key = await scene.device.apiKey();
		const proxy = { type: 'socks5', ip: '1.1.1.1', port: 1 };
		const change = scene.device.call('PATCH', '/v1/device/host-config', key, { network: { proxy } });
		await scene.device.waitFor('units were asked', () => services.calls.some((call) => call.includes('proxy-config')));
		await expectQuickEnd();
		await change;

		await scene.device.start({ DBUS_SYSTEM_BUS_ADDRESS: device.busAddress });
		await scene.device.waitFor('avahi was asked', () => services.calls.some((call) => call.includes('avahi')));
		await expectQuickEnd();

		await scene.device.start({ DBUS_SYSTEM_BUS_ADDRESS: device.busAddress });
		expect((await scene.device.call('POST', '/v1/reboot', key, { force: true }))?.status).to.equal(202);
		await scene.device.waitFor('logind was asked', () => device.reboots() > 0);
		await expectQuickEnd();
	});
});

async function listenSilently(path: string): Promise<readonly [Server, readonly Socket[]]> {
	const sockets: Socket[] = [];
	const server = createServer((socket) => {
		socket.on('error', () => undefined).resume();
		sockets.push(socket);
	}).listen(path);
	await once(server, 'listening');
	return [server, sockets];
}
