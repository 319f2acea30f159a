import { expect } from 'chai';
import Sinon from 'sinon';
import { OperationalError } from '../../../src/ports/operational-error.ts';
import { context, World } from '../../simulation/world.ts';
import { linesOf, recordingLog, stubSystemLog } from '../../support/logs.ts';

const APP = { appId: 1, appUuid: 'a1', appName: 'fleet', class: 'fleet', isHost: false, rejected: false } as const;
const REFERENCE = `registry.example.com/web@sha256:${'1'.repeat(64)}`;

describe('a reboot that the operating system refuses', () => {
	afterEach(() => {
		Sinon.restore();
	});

	async function makeDevice() {
		const world = new World(() => 0.5);
		world.engine.registry.set(REFERENCE, { id: `sha256:${'f'.repeat(64)}`, config: { Cmd: ['run'] } });
		const { log, lines } = recordingLog();
		world.start(log);
		const web = {
			serviceId: 1,
			imageId: 1,
			image: REFERENCE,
			running: true,
			environment: {},
			labels: {},
			composition: {},
		};
		const release = { releaseId: 1, commit: 'c', networks: {}, volumes: {}, services: { web } };
		await world.targets.replace({ name: context.deviceName, config: {}, apps: [{ ...APP, release }] });
		await world.clock.advance(60_000);
		return { world, lines };
	}

	it('gives the update locks back at once, and is asked for again after a pause', async () => {
		const { world, lines } = await makeDevice();
		const reboot = Sinon.stub(world.host, 'reboot').rejects(new OperationalError('dbus-failed', 'not now'));
		const settled = () => lines.filter(({ message }) => message === 'Finished applying target state').length;
		const settledBefore = settled();
		world.host.mark = 'required';
		world.update({ force: false });
		await world.clock.advance(900);
		expect(reboot.callCount).to.equal(0);
		expect(world.lockDisk.files.size, 'locks before the refusal').to.equal(2);
		await world.clock.advance(1000);
		expect(reboot.callCount).to.equal(1);
		expect(world.lockDisk.files.size, 'locks after the refusal').to.equal(0);
		expect(settled()).to.equal(settledBefore);
		await world.clock.advance(20_000);
		expect(reboot.callCount, 'soon').to.be.within(2, 6);
		await world.clock.advance(600_000);
		expect(reboot.callCount, 'with growing pauses').to.be.within(5, 12);
	});

	it('answers who asked for a reboot before the system is asked', async () => {
		const { world } = await makeDevice();
		const reboot = Sinon.spy(world.host, 'reboot');
		const answers: string[] = [];
		void world.submit({ kind: 'reboot' }).then(({ kind }) => answers.push(kind));
		await world.clock.advance(900);
		expect(answers).to.deep.equal(['done']);
		expect(reboot.callCount).to.equal(0);
		await world.clock.advance(5000);
		expect(reboot.callCount).to.equal(1);
	});

	for (const kind of ['reboot', 'shutdown'] as const) {
		const method = kind === 'reboot' ? 'reboot' : 'powerOff';

		it(`is retried until the system accepts, when a user has requested a ${kind}`, async () => {
			const { world } = await makeDevice();
			const systemLog = stubSystemLog();
			world.systemLog.write = systemLog.write;
			const ask = Sinon.stub(world.host, method).rejects(new OperationalError('bus-refused', 'a backup is being made'));
			const answers: string[] = [];
			void world.submit({ kind }).then((outcome) => answers.push(outcome.kind));
			await world.clock.advance(1100);
			expect(ask.callCount).to.equal(1);
			expect(answers).to.deep.equal(['done']);
			expect(world.lockDisk.files.size, 'locks after the refusal').to.equal(0);
			await world.clock.advance(30_000);
			expect(ask.callCount, 'soon').to.be.within(3, 6);
			await world.clock.advance(600_000);
			expect(ask.callCount, 'with growing pauses').to.be.within(6, 12);
			expect(linesOf(systemLog)).to.deep.equal([
				kind === 'reboot' ? 'Rebooting' : 'Shutting down',
				`Unable to ${kind === 'reboot' ? 'reboot' : 'shut down'}, retrying: a backup is being made`,
			]);
			ask.rejects(new OperationalError('bus-refused', 'access denied'));
			await world.clock.advance(310_000);
			expect(linesOf(systemLog).at(-1)).to.contain('access denied');
			ask.resolves();
			await world.clock.advance(310_000);
			const { callCount } = ask;
			expect(linesOf(systemLog).at(-1)).to.equal(kind === 'reboot' ? 'Rebooting' : 'Shutting down');
			await world.clock.advance(3_600_000);
			expect(ask.callCount, 'the system is about to end').to.equal(callCount);
		});
	}

	it('is no longer retried when a user requests to shut down instead', async () => {
		const { world } = await makeDevice();
		const reboot = Sinon.stub(world.host, 'reboot').rejects(new OperationalError('bus-refused', 'not now'));
		const powerOff = Sinon.spy(world.host, 'powerOff');
		void world.submit({ kind: 'reboot' });
		await world.clock.advance(60_000);
		const { callCount } = reboot;
		void world.submit({ kind: 'shutdown' });
		await world.clock.advance(600_000);
		expect(reboot.callCount).to.equal(callCount);
		expect(powerOff.callCount).to.equal(1);
	});

	it('is not asked for again by a later life of the supervisor', async () => {
		const { world } = await makeDevice();
		const reboot = Sinon.stub(world.host, 'reboot').rejects(new OperationalError('bus-refused', 'not now'));
		void world.submit({ kind: 'reboot' });
		await world.clock.advance(5000);
		await world.crash();
		const { callCount } = reboot;
		world.start(world.log);
		await world.clock.advance(600_000);
		expect(reboot.callCount).to.equal(callCount);
	});

	it('leaves the device to its updates meanwhile', async () => {
		const { world } = await makeDevice();
		Sinon.stub(world.host, 'reboot').rejects(new OperationalError('bus-refused', 'not now'));
		world.host.mark = 'required';
		world.update({ force: false });
		await world.clock.advance(600_000);
		await world.targets.replace({ name: context.deviceName, config: {}, apps: [] });
		await world.clock.advance(60_000);
		expect(world.engine.containers.size).to.equal(0);
	});
});
