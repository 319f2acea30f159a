import { expect } from 'chai';
import { SystemBus, SystemdUnits } from '../../../src/adapters/dbus/index.ts';
import { Vpn } from '../../../src/host/index.ts';
import { ensureBusDaemon, findCommand } from '../../../tools/device/index.ts';
import { makeTempDirectory, rejectionOf } from '../../unit/adapters/sqlite/raw-database.ts';
import { FakeHostServices, PrivateBus } from './private-bus.ts';

const UNIT = 'openvpn.service';

describe('the VPN over the system bus', function () {
	this.timeout(60_000);
	let directory: Awaited<ReturnType<typeof makeTempDirectory>>;
	let daemon: PrivateBus;
	let bus: SystemBus;

	before(async function () {
		this.timeout(300_000);
		if (findCommand('dbus-daemon') === undefined && process.getuid?.() !== 0) this.skip();
		await ensureBusDaemon({ log: console.log });
	});
	beforeEach(async () => {
		directory = await makeTempDirectory();
		daemon = new PrivateBus(directory.path);
		bus = new SystemBus({ address: daemon.address, limitMs: 400 });
	});
	afterEach(async () => {
		await bus.close();
		await daemon.stop();
		await directory.remove();
	});

	for (const [state, expected] of [
		['failed', 'on'],
		['active', 'on'],
		['inactive', 'off'],
		[undefined, 'off'],
	] as const) {
		it(`host #28: a unit that is ${state ?? 'not loaded'} counts as ${expected}`, async () => {
			await daemon.start();
			const services = await FakeHostServices.start(daemon.address);
			if (state !== undefined) services.activeStates.set(UNIT, state);
			expect(await make().observe()).to.deep.equal({ state: expected });
		});
	}

	it('starts and stops the unit', async () => {
		await daemon.start();
		const services = await FakeHostServices.start(daemon.address);
		services.activeStates.set(UNIT, 'active');
		const vpn = make();
		await vpn.set(false);
		await vpn.set(true);
		expect(services.calls).to.deep.equal([`StopUnit("${UNIT}","fail")`, `StartUnit("${UNIT}","fail")`]);
		services.activeStates.clear();
		expect((await rejectionOf(vpn.set(true))).code).to.equal('unit-missing');
	});

	it('is unknown while there is no bus, and known when there is', async () => {
		const vpn = make();
		expect((await vpn.observe()).state).to.equal('unknown');
		await daemon.start();
		const services = await FakeHostServices.start(daemon.address);
		services.activeStates.set(UNIT, 'active');
		vpn.refresh();
		expect(await vpn.observe()).to.deep.equal({ state: 'on' });
	});

	function make(): Vpn {
		return new Vpn({ units: new SystemdUnits(bus) });
	}
});
