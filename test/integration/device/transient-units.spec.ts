import { setTimeout } from 'node:timers/promises';
import { expect } from 'chai';
import { SystemBus, SystemdTransientUnits } from '../../../src/adapters/dbus/index.ts';
import { SystemBusError } from '../../../src/ports/system-units.ts';
import { ensureBusDaemon, findCommand } from '../../../tools/device/index.ts';
import { makeTempDirectory, rejectionOf } from '../../unit/adapters/sqlite/raw-database.ts';
import { exited, killed } from './fake-transient-units.ts';
import { FakeHostServices, PrivateBus } from './private-bus.ts';

/** Long enough for an answer, short enough to wait for. */
const LIMIT_MS = 400;
const NAME = 'os-update.service';
const UNIT = {
	name: NAME,
	command: ['/tmp/x/entry.sh', '--to', 'a $b'],
	workingDirectory: '/tmp/x',
} as const;

describe('transient units of systemd', function () {
	this.timeout(60_000);
	let directory: Awaited<ReturnType<typeof makeTempDirectory>>;
	let daemon: PrivateBus;
	let services: FakeHostServices;
	let bus: SystemBus;
	let units: SystemdTransientUnits;
	let signal: AbortSignal;
	let abort: (reason: Error) => void;

	before(async function () {
		this.timeout(300_000);
		if (findCommand('dbus-daemon') === undefined && process.getuid?.() !== 0) this.skip();
		await ensureBusDaemon({ log: console.log });
	});
	beforeEach(async () => {
		directory = await makeTempDirectory();
		daemon = new PrivateBus(directory.path);
		await daemon.start();
		services = await FakeHostServices.start(daemon.address);
		bus = new SystemBus({ address: daemon.address, limitMs: LIMIT_MS });
		units = new SystemdTransientUnits({ bus, lookAgainMs: 600_000 });
		const controller = new AbortController();
		({ signal } = controller);
		abort = (reason) => {
			controller.abort(reason);
		};
	});
	afterEach(async () => {
		services.stop();
		await bus.close();
		await daemon.stop();
		await directory.remove();
	});

	/** Runs the unit; it is active when this resolves. */
	async function startUnit(): Promise<{ readonly end: ReturnType<SystemdTransientUnits['run']> }> {
		const end = units.run(UNIT, { signal });
		end.catch(() => undefined); // the test looks at it later
		await until(() => services.calls.some((call) => call.startsWith('RefUnit')));
		services.transient.activate(NAME);
		return { end };
	}

	async function until(condition: () => boolean): Promise<void> {
		for (let tries = 0; !condition(); tries++) {
			if (tries > 400) throw new Error('it does not happen');
			await setTimeout(5);
		}
	}

	async function codeOf(call: Promise<unknown>): Promise<string | undefined> {
		const error = await rejectionOf(call);
		expect(error).to.be.instanceOf(SystemBusError);
		return error.code;
	}

	it('are started with the command, the folder and nothing else', async () => {
		const { end } = await startUnit();
		services.transient.end(NAME, exited(0));
		expect(await end).to.deep.equal({ kind: 'succeeded' });
		expect(services.transient.starts).to.deep.equal([
			{
				name: NAME,
				mode: 'fail',
				properties: {
					Type: 'exec',
					ExecStart: [['/tmp/x/entry.sh', ['/tmp/x/entry.sh', '--to', 'a $$b'], false]],
					RemainAfterExit: false,
					CollectMode: 'inactive',
					WorkingDirectory: '/tmp/x',
				},
			},
		]);
	});

	it('have signals asked for before they are started', async () => {
		const { end } = await startUnit();
		services.transient.end(NAME, exited(0));
		await end;
		const members = services.calls.map((call) => call.replace(/\(.*/, ''));
		expect(members.slice(0, 4)).to.deep.equal(['Subscribe', 'ResetFailedUnit', 'StartTransientUnit', 'RefUnit']);
	});

	it('have not ended while their start is queued', async () => {
		const end = units.run(UNIT, { signal });
		await until(() => services.calls.some((call) => call.startsWith('GetAll')));
		expect(await units.isRunning(NAME)).to.equal(true);
		services.transient.activate(NAME);
		services.transient.end(NAME, exited(0));
		expect(await end).to.deep.equal({ kind: 'succeeded' });
	});

	it('report the exit status, and which run it was', async () => {
		const { end } = await startUnit();
		services.transient.end(NAME, exited(3));
		const invocationId = 'ab'.repeat(16);
		expect(await end).to.deep.equal({ kind: 'failed', exitStatus: 3, result: 'exit-code', invocationId });
		expect(await units.isRunning(NAME)).to.equal(false);
	});

	it('have not succeeded when someone stopped them', async () => {
		const { end } = await startUnit();
		services.transient.end(NAME, killed(15));
		expect(await end).to.include({ kind: 'failed', killedBySignal: 15 });
	});

	it('are started again after they failed', async () => {
		services.transient.add(NAME, { state: 'failed', end: exited(1) });
		const { end } = await startUnit();
		services.transient.end(NAME, exited(0));
		expect(await end).to.deep.equal({ kind: 'succeeded' });
	});

	it('are not started a second time', async () => {
		services.transient.add(NAME);
		expect(await codeOf(units.run(UNIT, { signal }))).to.equal('unit-exists');
		expect(services.transient.starts).to.deep.equal([]);
	});

	it('announce their start before they are waited for', async () => {
		const events: string[] = [];
		services.transient.onStart = (name) => {
			services.transient.activate(name);
			services.transient.end(name, exited(0));
		};
		const onStarted = async () => {
			await setTimeout(20);
			events.push('started');
		};
		await units.run(UNIT, { signal, onStarted });
		expect(events).to.deep.equal(['started']);
	});

	it('are waited for by a supervisor that has just started', async () => {
		services.transient.add(NAME);
		expect(await units.isRunning(NAME)).to.equal(true);
		const end = units.waitForEnd(NAME, signal);
		await until(() => services.calls.some((call) => call.startsWith('GetAll')));
		services.transient.end(NAME, exited(7));
		expect(await end).to.include({ kind: 'failed', exitStatus: 7 });
		// systemd keeps it, so the end is known to a supervisor that starts even later
		expect(await units.waitForEnd(NAME, signal)).to.include({ kind: 'failed', exitStatus: 7 });
	});

	it('are not waited for when there is none', async () => {
		expect(await units.isRunning(NAME)).to.equal(false);
		expect(await units.waitForEnd(NAME, signal)).to.equal(undefined);
	});

	it('are read again after a time, because a signal can be lost', async () => {
		units = new SystemdTransientUnits({ bus, lookAgainMs: 50 });
		const { end } = await startUnit();
		services.transient.isQuiet = true;
		services.transient.end(NAME, exited(3));
		expect(await end).to.include({ kind: 'failed', exitStatus: 3 });
	});

	it('go on when the wait for them is aborted', async () => {
		const { end } = await startUnit();
		abort(new Error('enough'));
		expect((await rejectionOf(end)).message).to.equal('enough');
		expect(services.calls.join()).not.to.include('Stop');
		expect(await units.isRunning(NAME)).to.equal(true);
	});

	it('are no longer waited for when the bus goes away or is silent', async () => {
		const { end } = await startUnit();
		await daemon.stop();
		expect(await codeOf(end)).to.equal('bus-unreachable');
		expect(await codeOf(units.isRunning(NAME))).to.equal('bus-unreachable');
		expect(await codeOf(units.run(UNIT, { signal }))).to.equal('bus-unreachable');
		await daemon.start();
		services = await FakeHostServices.start(daemon.address);
		services.isSilent = true;
		expect(await codeOf(units.run(UNIT, { signal }))).to.equal('bus-no-answer');
		expect(await codeOf(units.waitForEnd(NAME, signal))).to.equal('bus-no-answer');
	});

	it('leave no connection behind', async () => {
		const before = await services.countConnections();
		const { end } = await startUnit();
		services.transient.end(NAME, exited(0));
		await end;
		await units.isRunning(NAME);
		await units.waitForEnd(NAME, signal);
		for (let tries = 0; (await services.countConnections()) > before && tries < 100; tries++) await setTimeout(5);
		expect(await services.countConnections()).to.equal(before);
	});
});
