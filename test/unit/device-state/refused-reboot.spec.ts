import { expect } from 'chai';
import Sinon from 'sinon';
import { OperationalError } from '../../../src/ports/operational-error.ts';
import { context, World } from '../../simulation/world.ts';
import { recordingLog } from '../../support/logs.ts';

const APP = { appId: 1, appUuid: 'a1', appName: 'fleet', class: 'fleet', isHost: false, rejected: false } as const;
const REFERENCE = `registry.example.com/web@sha256:${'1'.repeat(64)}`;

describe('a reboot that the operating system refuses', () => {
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
});
