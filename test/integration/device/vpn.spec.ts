import { expect } from 'chai';
import { SystemBus, SystemdUnits } from '../../../src/adapters/dbus/index.ts';
import { Vpn } from '../../../src/host/index.ts';
import { ensureBusDaemon, findCommand } from '../../../tools/device/index.ts';
import { recordingLog } from '../../support/logs.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';
import { makeTempDirectory, rejectionOf } from '../../unit/adapters/sqlite/raw-database.ts';
import { FakeHostServices, PrivateBus } from './private-bus.ts';

const UNIT = 'openvpn.service';
const OFF = { SUPERVISOR_VPN_CONTROL: 'false' };

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

	function make() {
		const { log, lines } = recordingLog();
		const vpn = new Vpn({
			units: new SystemdUnits(bus),
			isManaged: () => Promise.resolve(true),
			clock: new VirtualClock(),
			log,
			systemLog: { write: () => undefined },
			changed: () => undefined,
		});
		vpn.planned({ start: [], waiting: [], wakeAt: undefined });
		return { vpn, lines };
	}

	for (const [state, isOn] of [
		['failed', true],
		['active', true],
		['inactive', false],
		[undefined, false],
	] as const) {
		it(`host #28: a unit that is ${state ?? 'not loaded'} counts as ${isOn ? 'on' : 'off'}`, async () => {
			await daemon.start();
			const services = await FakeHostServices.start(daemon.address);
			if (state !== undefined) services.activeStates.set(UNIT, state);
			const { vpn } = make();
			expect((await vpn.changes(isOn ? OFF : {})).vpn).to.deep.equal({ enabled: !isOn });
			expect(await vpn.changes(isOn ? {} : OFF)).to.deep.equal({});
		});
	}

	it('starts and stops the unit', async () => {
		await daemon.start();
		const services = await FakeHostServices.start(daemon.address);
		services.activeStates.set(UNIT, 'active');
		const { vpn } = make();
		await vpn.apply(false);
		await vpn.apply(true);
		expect(services.calls).to.deep.equal([`StopUnit("${UNIT}","fail")`, `StartUnit("${UNIT}","fail")`]);
		services.activeStates.clear();
		expect((await rejectionOf(vpn.apply(true))).code).to.equal('unit-missing');
	});

	it('is left alone while there is no bus, and known when there is', async () => {
		const { vpn, lines } = make();
		for (let look = 0; look < 3; look++) {
			expect(await vpn.changes(OFF)).to.deep.equal({});
			vpn.refresh();
		}
		expect(lines).to.have.length(1);
		await daemon.start();
		const services = await FakeHostServices.start(daemon.address);
		services.activeStates.set(UNIT, 'active');
		expect(await vpn.changes(OFF)).to.deep.equal({ vpn: { enabled: false } });
	});
});
