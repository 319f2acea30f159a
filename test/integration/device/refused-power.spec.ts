import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { LogindPower, SystemBus } from '../../../src/adapters/dbus/index.ts';
import { ensureBusDaemon, findCommand } from '../../../tools/device/index.ts';
import { World } from '../../simulation/world.ts';
import { linesOf, stubSystemLog } from '../../support/logs.ts';
import { makeTempDirectory } from '../../unit/adapters/sqlite/raw-database.ts';
import { target } from '../../golden/cases.ts';
import { FakeHostServices, PrivateBus } from './private-bus.ts';

const WAIT_MS = 10_000;

/** The loop on its virtual clock; logind on a real bus. */
describe('logind refuses to end the system', function () {
	this.timeout(60_000);
	let directory: Awaited<ReturnType<typeof makeTempDirectory>>;
	let daemon: PrivateBus;
	let bus: SystemBus;
	let services: FakeHostServices | undefined;
	let world: World;
	let systemLog: ReturnType<typeof stubSystemLog>;

	before(async function () {
		this.timeout(300_000);
		if (findCommand('dbus-daemon') === undefined && process.getuid?.() !== 0) this.skip();
		await ensureBusDaemon({ log: console.log });
	});
	beforeEach(async () => {
		directory = await makeTempDirectory();
		daemon = new PrivateBus(directory.path);
		bus = new SystemBus({ address: daemon.address, limitMs: 1000 });
		services = undefined;
		world = new World(() => 0.5);
		systemLog = stubSystemLog();
		world.systemLog = systemLog;
		const power = new LogindPower({ bus, isHostUpdating: () => Promise.resolve(false) });
		world.host.reboot = () => power.reboot();
		world.host.powerOff = () => power.powerOff();
		world.start();
		await world.targets.replace({ ...target(1, {}), apps: [] });
		await world.clock.advance(60_000);
	});
	afterEach(async () => {
		await world.crash();
		services?.stop();
		await bus.close();
		await daemon.stop();
		await directory.remove();
	});

	/** Real time for the answer of the bus, virtual time for the device. */
	async function until(what: string, isSo: () => boolean): Promise<void> {
		const deadline = performance.now() + WAIT_MS;
		while (!isSo()) {
			if (performance.now() > deadline) {
				throw new Error(`it did not happen that ${what}; the user read: ${linesOf(systemLog).join(' | ')}`);
			}
			await sleep(10);
			await world.clock.advance(50);
		}
	}

	async function startServices(refusal?: FakeHostServices['refusal']): Promise<FakeHostServices> {
		await daemon.start();
		services = await FakeHostServices.start(daemon.address);
		services.refusal = refusal;
		return services;
	}

	const isUp = () => world.status.latest()?.current?.host.shuttingDown === false;
	const refusals = () => linesOf(systemLog).filter((line) => line.startsWith('Unable to'));

	for (const [name, text] of [
		['org.freedesktop.DBus.Error.AccessDenied', 'Permission denied'],
		['org.freedesktop.DBus.Error.InteractiveAuthorizationRequired', 'Interactive authentication required.'],
		['org.freedesktop.login1.OperationInProgress', 'There is already a shutdown or sleep operation in progress'],
		['org.freedesktop.login1.BlockedByInhibitorLock', 'Operation denied due to active block inhibitor'],
	] as const) {
		for (const kind of ['due', 'reboot', 'shutdown'] as const) {
			const method = kind === 'shutdown' ? 'PowerOff(false)' : 'Reboot(false)';

			it(`${name}: ${kind === 'due' ? 'a reboot that is due' : `a requested ${kind}`} is retried, and the user reads why`, async () => {
				const logind = await startServices({ name, text });
				const asked = () => logind.calls.filter((call) => call === method).length;
				if (kind === 'due') {
					world.host.mark = 'required';
					world.update({ force: false });
				} else {
					void world.submit({ kind });
				}
				await until('the user reads of it', () => refusals().length > 0);
				expect(refusals().join()).to.contain(text);
				await until('the device works on', isUp);
				await until('logind is asked again', () => asked() >= 3);
				expect(refusals()).to.have.length(1);
				logind.refusal = undefined;
				const before = asked();
				await until('logind is asked once more', () => asked() > before);
				await until('nothing is started any more', () => !isUp());
				await world.clock.advance(3_600_000);
				expect(asked()).to.equal(before + 1);
			});
		}
	}

	it('no bus, then no logind: each is reported once, and the reboot comes when there is one', async () => {
		void world.submit({ kind: 'reboot' });
		await until('the user reads of it', () => refusals().length === 1);
		expect(refusals()[0]).to.contain('no connection to the system bus');
		await daemon.start();
		await until('the user reads that logind is missing', () => refusals().length === 2);
		expect(refusals()[1]).to.contain('org.freedesktop.login1');
		services = await FakeHostServices.start(daemon.address);
		const { calls } = services;
		await until('logind is asked', () => calls.includes('Reboot(false)'));
	});

	it('a logind that never answers is a refusal, too', async () => {
		const logind = await startServices();
		logind.isSilent = true;
		void world.submit({ kind: 'shutdown' });
		await until('the user reads of it', () => refusals().length === 1);
		expect(refusals()[0]).to.contain('did not answer PowerOff');
		await until('the device works on', isUp);
	});
});
