import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import { expect } from 'chai';
import { LogindPower, SystemBus, SystemdUnits, systemBusAddress } from '../../../src/adapters/dbus/index.ts';
import { SystemBusError } from '../../../src/ports/system-units.ts';
import { ensureBusDaemon, findCommand } from '../../../tools/device/index.ts';
import { makeTempDirectory, rejectionOf } from '../../unit/adapters/sqlite/raw-database.ts';
import { FakeHostServices, PrivateBus } from './private-bus.ts';

/** Long enough for an answer, short enough to wait for. */
const LIMIT_MS = 400;

describe('the system bus', function () {
	this.timeout(60_000);
	let directory: Awaited<ReturnType<typeof makeTempDirectory>>;
	let daemon: PrivateBus;
	let bus: SystemBus;
	let units: SystemdUnits;
	let power: LogindPower;

	before(async function () {
		this.timeout(300_000);
		if (findCommand('dbus-daemon') === undefined && process.getuid?.() !== 0) this.skip();
		await ensureBusDaemon({ log: console.log });
	});
	beforeEach(async () => {
		directory = await makeTempDirectory();
		daemon = new PrivateBus(directory.path);
		bus = new SystemBus({ address: daemon.address, limitMs: LIMIT_MS });
		units = new SystemdUnits(bus);
		power = new LogindPower({ bus, isHostUpdating: () => Promise.resolve(true) });
	});
	afterEach(async () => {
		await bus.close();
		await daemon.stop();
		await directory.remove();
	});

	async function startAll(): Promise<FakeHostServices> {
		await daemon.start();
		const services = await FakeHostServices.start(daemon.address);
		services.activeStates.set('openvpn.service', 'active').set('redsocks.service', 'failed');
		return services;
	}

	async function codeOf(call: Promise<unknown>): Promise<string | undefined> {
		const error = await rejectionOf(call);
		expect(error).to.be.instanceOf(SystemBusError);
		return error.code;
	}

	it('reboots and turns off the device, and does not ask whether a host OS update is in progress', async () => {
		const services = await startAll();
		expect(await power.isHostUpdating()).to.equal(true);
		await power.reboot();
		await power.powerOff();
		expect(services.calls).to.deep.equal(['Reboot(false)', 'PowerOff(false)']);
	});

	it('starts, stops and restarts units, giving way to jobs that are queued', async () => {
		const services = await startAll();
		await units.startUnit('openvpn.service');
		await units.stopUnit('openvpn.service');
		await units.restartUnit('openvpn.service');
		expect(services.calls).to.deep.equal(
			['StartUnit', 'StopUnit', 'RestartUnit'].map((member) => `${member}("openvpn.service","fail")`),
		);
	});

	it('reads the state of units again each time, and finds that one is not loaded', async () => {
		const services = await startAll();
		expect(await units.unitActiveState('redsocks.service')).to.equal('failed');
		services.activeStates.set('redsocks.service', 'active');
		expect(await units.unitActiveState('redsocks.service')).to.equal('active');
		expect(await units.unitActiveState('none.service')).to.equal(undefined);
		expect(await units.unitPartOf('redsocks.service')).to.deep.equal(['part-of-redsocks.service']);
		expect(await units.unitPartOf('none.service')).to.equal(undefined);
		const error = await rejectionOf(units.startUnit('none.service'));
		expect(error.code).to.equal('unit-missing');
		expect(error.message).to.include('Unit none.service not loaded.');
	});

	it('makes one connection for many calls', async () => {
		const services = await startAll();
		await Promise.all(Array.from({ length: 20 }, () => units.unitActiveState('openvpn.service')));
		expect(await services.countConnections()).to.equal(2);
	});

	it('is found again after it was away', async () => {
		await startAll();
		await power.reboot();
		await daemon.stop();
		expect(await codeOf(power.reboot())).to.equal('bus-unreachable');
		const services = await startAll();
		await power.reboot();
		expect(services.calls).to.deep.equal(['Reboot(false)']);
	});

	it('restarts between two calls without harm', async () => {
		await startAll();
		await power.reboot();
		await daemon.stop();
		const services = await startAll();
		await power.reboot();
		expect(services.calls).to.deep.equal(['Reboot(false)']);
	});

	it('fails what waits for an answer when it goes away', async () => {
		await startAll();
		const patient = new SystemdUnits(new SystemBus({ address: daemon.address, limitMs: 600_000 }));
		const call = codeOf(patient.startUnit('stuck.service'));
		await patient.unitActiveState('openvpn.service');
		await daemon.stop();
		expect(await call).to.equal('bus-unreachable');
	});

	it('does not wait for a service that never answers, and keeps nothing of the call', async () => {
		const services = await startAll();
		const fine = units.unitActiveState('openvpn.service');
		const error = await rejectionOf(units.startUnit('stuck.service'));
		expect(error.code).to.equal('bus-no-answer');
		const message = `the system bus did not answer StartUnit of org.freedesktop.systemd1 within ${LIMIT_MS} ms`;
		expect(error.message).to.equal(message);
		expect(await fine).to.equal('active');
		await Promise.all([codeOf(units.startUnit('stuck.service')), codeOf(units.stopUnit('stuck.service'))]);
		expect(await units.unitActiveState('openvpn.service')).to.equal('active');
		expect(await services.countConnections()).to.equal(2);
		expect(services.callers.size, 'the library keeps what waits for as long as its connection').to.equal(3);
	});

	it('reports that a service left the bus instead of answering', async () => {
		await startAll();
		expect(await codeOf(units.startUnit('leaving.service'))).to.equal('bus-no-answer');
	});

	it('reports that no service has the name', async () => {
		await daemon.start();
		const error = await rejectionOf(power.reboot());
		expect(error.code).to.equal('bus-service-missing');
		expect(error.message).to.include('Reboot of org.freedesktop.login1');
	});

	it('reports that a call was refused, and why', async () => {
		await startAll();
		const call = { destination: 'org.freedesktop.login1', path: '/', interface: 'a.b', member: 'Secret' };
		const error = await rejectionOf(bus.call(call));
		expect(error.code).to.equal('bus-refused');
		expect(error.message).to.include('no Secret for you');
	});

	it('cannot be reached where there is none, until there is one', async () => {
		expect(await codeOf(power.reboot())).to.equal('bus-unreachable');
		await startAll();
		await power.reboot();
	});

	for (const address of ['', 'nonsense', 'unix:', 'carrier:pigeon=1', 'unix:abstract=x']) {
		it(`cannot be reached at "${address}"`, async () => {
			const other = new SystemBus({ address, limitMs: LIMIT_MS });
			expect(await codeOf(new LogindPower({ bus: other, isHostUpdating: never }).reboot())).to.equal('bus-unreachable');
		});
	}

	it('cannot be reached while it wants another proof of who we are', async () => {
		await daemon.start({ auth: 'DBUS_COOKIE_SHA1' });
		expect(await codeOf(power.reboot())).to.equal('bus-unreachable');
	});

	it('cannot be reached while it has too many connections, which does not end the process', async () => {
		const unhandled: unknown[] = [];
		const listener = (reason: unknown) => unhandled.push(reason);
		process.on('unhandledRejection', listener);
		await daemon.start({ connectionsMax: 1 });
		const services = await FakeHostServices.start(daemon.address);
		const error = await rejectionOf(power.reboot());
		expect(error).to.have.property('code', 'bus-unreachable');
		expect(error.message).to.include('LimitsExceeded');
		await setImmediate(); // unhandled rejections are reported after everything else
		process.off('unhandledRejection', listener);
		expect(unhandled).to.deep.equal([]);
		services.stop();
	});

	it('is closed with what is on its way, and opened again by the next call', async () => {
		const services = await startAll();
		await units.unitActiveState('openvpn.service');
		const call = codeOf(units.startUnit('stuck.service'));
		await units.unitActiveState('openvpn.service');
		await bus.close();
		await bus.close();
		expect(await call).to.equal('bus-unreachable');
		await power.reboot();
		expect(await services.countConnections()).to.equal(2);
	});

	it('is no longer waited for when the process ends, after a moment for what is on its way', async () => {
		const services = await startAll();
		const patient = new SystemBus({ address: daemon.address, limitMs: 600_000 });
		const its = new SystemdUnits(patient);
		const stuck = codeOf(its.startUnit('stuck.service'));
		const started = performance.now();
		patient.endSoon();
		expect(await its.unitActiveState('openvpn.service')).to.equal('active');
		expect(await stuck).to.equal('bus-unreachable');
		expect(performance.now() - started).to.be.within(900, 1900);
		const { length } = services.calls;
		expect(await codeOf(its.stopUnit('openvpn.service'))).to.equal('bus-unreachable');
		expect(services.calls).to.have.length(length);
		await patient.close();
	});

	it('is no longer waited for when the process ends, while it does not even accept the connection', async () => {
		const server = await listen(`${directory.path}/bus`, () => undefined);
		const patient = new SystemBus({ address: daemon.address, limitMs: 600_000 });
		const reboot = codeOf(new LogindPower({ bus: patient, isHostUpdating: never }).reboot());
		const started = performance.now();
		patient.endSoon();
		expect(await reboot).to.equal('bus-unreachable');
		expect(performance.now() - started).to.be.within(900, 1900);
		server.close();
	});

	for (const [name, greet] of [
		['says nothing', () => undefined],
		['hangs up', (socket: Socket) => socket.end()],
		['talks nonsense', (socket: Socket) => socket.end('HTTP/1.1 200 OK\r\n\r\n')],
	] as const) {
		it(`cannot be reached when what listens there ${name}`, async () => {
			const server = await listen(`${directory.path}/bus`, greet);
			expect(await codeOf(power.reboot())).to.equal('bus-unreachable');
			server.close();
			await once(server, 'close');
			await startAll();
			await power.reboot();
		});
	}

	it('is the one of the environment, or the host’s', () => {
		expect(systemBusAddress({ rootPath: '/r', dbusAddress: 'unix:path=/b' })).to.equal('unix:path=/b');
		expect(systemBusAddress({ rootPath: '/r' })).to.equal('unix:path=/r/run/dbus/system_bus_socket');
	});
});

function never(): Promise<boolean> {
	return Promise.reject(new Error('must not be called'));
}

async function listen(path: string, greet: (socket: Socket) => unknown): Promise<Server> {
	const server = createServer((socket) => {
		socket.on('error', () => undefined).resume();
		greet(socket);
	}).listen(path);
	await once(server, 'listening');
	return server;
}
