import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { FakeHostServices, PrivateBus } from '../device/private-bus.ts';
import { CleanUp } from '../../support/clean-up.ts';
import { setScene, type Scene } from './scene.ts';

const PATH = '/v1/device/host-config';
const UUID = 'abcdef0123456789abcdef0123456789';
const AVAHI = ['avahi-daemon.service', 'avahi-daemon.socket'];
const UNITS = ['resin-proxy-config.service', 'redsocks.service', ...AVAHI];
const FILE = `base {
	log_debug = off;
	log_info = on;
	log = stderr;
	daemon = off;
	redirector = iptables;
}

redsocks {
	type = socks5;
	ip = 10.0.0.1;
	port = 1080;
	login = "u";
	password = "p";
	local_ip = 127.0.0.1;
	local_port = 12345;
}

dnsu2t {
	remote_ip = 8.8.8.8;
	remote_port = 53;
	local_ip = 127.0.0.1;
	local_port = 53;
}
`;

interface HostDevice {
	readonly scene: Scene;
	readonly services: FakeHostServices;
	/** Asks the API; a body that is JSON is read. */
	call(method: string, path: string, body?: object): Promise<{ status: number; body: unknown } | undefined>;
	at(path: string): string;
	dispose(): Promise<void>;
}

/** A device with a private D-Bus, on which the test plays systemd and logind. */
async function setHostDevice(
	config: Readonly<Record<string, unknown>>,
	key?: () => Promise<string>,
): Promise<HostDevice> {
	const cleanUp = new CleanUp();
	return cleanUp.during(() => makeHostDevice({ config, key }, cleanUp));
}

async function makeHostDevice(
	{
		config,
		key,
	}: { readonly config: Readonly<Record<string, unknown>>; readonly key: (() => Promise<string>) | undefined },
	cleanUp: CleanUp,
): Promise<HostDevice> {
	const scene = await setScene({ config });
	const { device } = scene;
	const at = (path: string) => join(device.folder, path);
	mkdirSync(at('root/run/dbus'), { recursive: true });
	const bus = new PrivateBus(at('root/run/dbus'));
	await bus.start();
	cleanUp.add(() => bus.stop());
	const services = await FakeHostServices.start(bus.address);
	cleanUp.add(() => services.stop());
	cleanUp.add(() => scene.dispose());
	for (const unit of UNITS) services.activeStates.set(unit, 'active');
	writeFileSync(at('root/etc/hostname'), 'effective\n');
	await device.start({ DBUS_SYSTEM_BUS_ADDRESS: bus.address });
	return {
		scene,
		services,
		at,
		call: async (method, path, body) => {
			const answer = await device.call(method, path, await (key ?? device.apiKey.bind(device))(), body);
			if (answer === undefined) return undefined;
			const isJson = answer.body.startsWith('{');
			return { status: answer.status, body: isJson ? (JSON.parse(answer.body) as unknown) : answer.body };
		},
		dispose: () => cleanUp.run(),
	};
}

const ok = { status: 200, body: 'OK' };
const readJson = (path: string) => JSON.parse(readFileSync(path, 'utf8')) as Readonly<Record<string, unknown>>;

describe('the host of a device without a cloud and without a target', function () {
	this.timeout(60_000);
	let host: HostDevice;
	let proxyFile: string;
	let listFile: string;
	const startCalls: string[] = [];

	before(async () => {
		host = await setHostDevice({ apiEndpoint: '', uuid: UUID }, () => Promise.resolve('none'));
		proxyFile = host.at('boot/system-proxy/redsocks.conf');
		listFile = host.at('boot/system-proxy/no_proxy');
	});
	after(() => host.dispose());
	beforeEach(() => {
		startCalls.push(...host.services.calls.splice(0));
	});

	const patch = (network: unknown) => host.call('PATCH', PATH, { network });
	const view = async () => (await host.call('GET', PATH))?.body;
	const restarts = () => host.services.calls.filter((call) => call.startsWith('RestartUnit'));

	it('host #27: can be found by its name from the start', async () => {
		const asked = () => startCalls.filter((call) => call.includes('avahi'));
		await host.scene.device.waitFor('avahi was started', () => {
			startCalls.push(...host.services.calls.splice(0));
			return asked().length === 2;
		});
		expect(asked()).to.deep.equal(AVAHI.map((unit) => `StartUnit("${unit}","fail")`));
	});

	it('host #21: shows its name, and no proxy where there is only a list of hosts', async () => {
		expect(await view()).to.deep.equal({ network: { hostname: 'effective' } });
		mkdirSync(host.at('boot/system-proxy'), { recursive: true });
		writeFileSync(listFile, '152.10.30.4\n\n253.1.1.0/16\n');
		expect(await view()).to.deep.equal({ network: { hostname: 'effective' } });
		writeFileSync(proxyFile, 'nonsense');
		const noProxy = ['152.10.30.4', '253.1.1.0/16'];
		expect(await view()).to.deep.equal({ network: { hostname: 'effective', proxy: { noProxy } } });
		rmSync(host.at('boot/system-proxy'), { recursive: true });
	});

	it('device-api #69: refuses invalid bodies, in plain text', async () => {
		for (const body of [{}, { network: { proxy: null } }, { network: { hostname: null } }]) {
			const answer = await host.call('PATCH', PATH, body);
			expect(answer?.status).to.equal(400);
			expect(answer?.body).to.match(/^Could not parse host config input to a valid format:\nExpecting /);
		}
		expect(host.services.calls).to.deep.equal([]);
	});

	it('device-api #70: an empty name is the first characters of the uuid; the bus is not asked (host #25)', async () => {
		expect(await patch({ hostname: '' })).to.deep.equal(ok);
		expect(readJson(host.at('boot/config.json'))['hostname']).to.equal(UUID.slice(0, 7));
		expect(await patch({ hostname: 'mine' })).to.deep.equal(ok);
		expect(readJson(host.at('boot/config.json'))['hostname']).to.equal('mine');
		expect(await view(), 'until the operating system has applied it').to.deep.equal({
			network: { hostname: 'effective' },
		});
		expect(host.services.calls).to.deep.equal([]);
	});

	it('device-api #71: writes a proxy, and restarts the units that need it (host #26)', async () => {
		const proxy = { type: 'socks5', ip: '10.0.0.1', port: '1080', login: 'u', password: 'p' };
		const noProxy = ['152.10.30.4', '253.1.1.0/16'];
		expect(await patch({ proxy: { ...proxy, dns: true, noProxy } })).to.deep.equal(ok);
		expect(readFileSync(proxyFile, 'utf8')).to.equal(FILE);
		expect(readFileSync(listFile, 'utf8')).to.equal(noProxy.join('\n'));
		expect(await view()).to.deep.equal({
			network: { hostname: 'effective', proxy: { ...proxy, port: 1080, dns: '8.8.8.8:53', noProxy } },
		});
		expect(restarts()).to.deep.equal([
			...['balena-proxy-config.service', 'resin-proxy-config.service'].map((unit) => `RestartUnit("${unit}","fail")`),
			'RestartUnit("redsocks.service","fail")',
		]);
	});

	it('host #26: restarts nothing where the system does', async () => {
		for (const unit of UNITS) host.services.partOf.set(unit, ['other.target', 'redsocks-conf.target']);
		expect(await patch({ proxy: { port: 1080 } })).to.deep.equal(ok);
		expect(restarts()).to.deep.equal([]);
		host.services.partOf.clear();
	});

	it('device-api #72: changes a part, and takes the proxy away without its list (host #22, #23, #24)', async () => {
		expect(await patch({ proxy: { ip: '10.0.0.2', dns: false } })).to.deep.equal(ok);
		const expected = FILE.replace('10.0.0.1', '10.0.0.2');
		expect(readFileSync(proxyFile, 'utf8')).to.equal(expected.slice(0, expected.indexOf('\ndnsu2t')));
		expect(await patch({ proxy: { noProxy: ['152.10.30.4', '253.1.1.0/16'] } }), 'as it is already').to.deep.equal(ok);
		expect(existsSync(proxyFile)).to.equal(true);

		expect(await patch({ proxy: {} })).to.deep.equal(ok);
		expect(existsSync(proxyFile)).to.equal(false);
		expect(existsSync(listFile)).to.equal(true);
		expect(await view()).to.deep.equal({ network: { hostname: 'effective' } });
		expect(await patch({ proxy: { noProxy: [] } })).to.deep.equal(ok);
		expect(existsSync(listFile)).to.equal(false);
		expect(await patch({ proxy: { dns: true } })).to.deep.equal(ok);
		expect(existsSync(proxyFile)).to.equal(false);
	});

	it('reports what went wrong, and never shows or keeps a password', async () => {
		host.services.activeStates.delete('redsocks.service');
		const answer = await patch({ proxy: { type: 'socks5', ip: '1.1.1.1', port: 1, password: 'hunter2' } });
		expect(answer?.status).to.equal(503);
		expect(answer?.body).to.contain('redsocks.service');
		expect(readFileSync(proxyFile, 'utf8'), 'written all the same').to.contain('hunter2');
		host.services.activeStates.set('redsocks.service', 'active');
		expect(host.scene.device.log()).to.not.contain('hunter2');
		expect(readFileSync(host.scene.device.databasePath, 'latin1')).to.not.contain('hunter2');
		await patch({ proxy: {} });
	});

	it('device-api #68, host #19: does not reboot in the middle of an update of the host, unless it is forced', async () => {
		const { device } = host.scene;
		const breadcrumb = host.at('state/rollback-health-breadcrumb');
		writeFileSync(breadcrumb, '');
		for (const path of ['/v1/reboot', '/v1/shutdown']) {
			expect(await host.call('POST', path)).to.deep.equal({
				status: 423,
				body: { Data: '', Error: 'Waiting for Host OS update to finish' },
			});
		}
		const started = performance.now();
		expect(await host.call('POST', '/v1/reboot', { force: true })).to.deep.equal({
			status: 202,
			body: { Data: 'OK', Error: null },
		});
		expect(host.services.calls, 'not before the answer').to.not.include('Reboot(false)');
		expect(await device.call('GET', '/ping'), 'new connections are refused').to.equal(undefined);
		await device.waitFor('logind was asked', () => host.services.calls.includes('Reboot(false)'));
		expect(performance.now() - started).to.be.within(900, 3000);
		expect(device.log()).to.contain('Stopped Supervisor API');
		expect(await device.call('GET', '/ping')).to.equal(undefined);
	});
});

describe('the host of a device with an app', function () {
	this.timeout(60_000);
	let host: HostDevice;
	let lock: string;

	before(async () => {
		host = await setHostDevice({});
		const { scene } = host;
		await scene.apply({ web: scene.images[0] });
		const locks = host.at(`root/tmp/balena-supervisor/services/${scene.fleet.id}/web`);
		mkdirSync(locks, { recursive: true });
		lock = join(locks, 'updates.lock');
		writeFileSync(lock, '');
	});
	after(() => host.dispose());

	const hostname = () => readJson(host.at('boot/config.json'))['hostname'];
	const held = () => `Lockfile exists for { appId: ${host.scene.fleet.id}, service: web }`;

	it('device-api #61: does nothing under an update lock, and answers that at once', async () => {
		const started = performance.now();
		expect(await host.call('PATCH', PATH, { network: { hostname: 'h' } })).to.deep.equal({ status: 423, body: held() });
		expect(performance.now() - started).to.be.below(5000);
		expect(hostname()).to.equal(undefined);
		expect(statSync(lock).uid).to.equal(0);
		expect(await host.call('PATCH', PATH, { network: {} }), 'nothing to do').to.deep.equal(ok);
		expect(await host.call('POST', '/v1/reboot')).to.deep.equal({ status: 423, body: { Data: '', Error: held() } });
		expect(host.scene.device.log()).to.contain('Updates are locked');
	});

	it('host #25: a force inside of network does not count', async () => {
		const answer = await host.call('PATCH', PATH, { network: { hostname: 'h', force: true } });
		expect(answer?.status).to.equal(423);
	});

	it('removes the lock with force, and releases its own', async () => {
		expect(await host.call('PATCH', PATH, { network: { hostname: 'forced' }, force: '1' })).to.deep.equal(ok);
		expect(hostname()).to.equal('forced');
		await sleep(100);
		expect(existsSync(lock)).to.equal(false);
		expect(existsSync(lock.replace('updates', 'resin-updates'))).to.equal(false);
		writeFileSync(lock, '');
	});

	it('host #27: is no longer discoverable when the cloud turns that off', async () => {
		const { device, client } = host.scene;
		await client.updateDevice(await device.uuid(), { config: { BALENA_HOST_DISCOVERABILITY: 'false' } });
		await device.update();
		const stops = AVAHI.map((unit) => `StopUnit("${unit}","fail")`);
		await device.waitFor('avahi was stopped', () => stops.every((call) => host.services.calls.includes(call)));
	});

	it('host #20: with force a reboot removes the lock', async () => {
		expect(statSync(lock).uid).to.equal(0);
		const answer = await host.call('POST', '/v1/reboot', { force: true });
		expect(answer?.status).to.equal(202);
		await host.scene.device.waitFor('logind was asked', () => host.services.calls.includes('Reboot(false)'));
		expect(statSync(lock, { throwIfNoEntry: false })?.uid).to.not.equal(0);
	});
});
