import { expect } from 'chai';
import { calm } from '../../support/fake-engine-objects.ts';
import { documentOf, hostApp, hostLabels, hostService, HostUpdateScene, UPDATER } from './host-update-scene.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const EXIT_3 = { kind: 'failed', exitStatus: 3, result: 'exit-code' } as const;

describe('an update of the host OS, and the rest of the device', () => {
	let scene: HostUpdateScene;

	beforeEach(() => {
		scene = new HostUpdateScene();
	});
	afterEach(async () => {
		await scene.world.crash();
		expect(scene.world.crashes).to.deep.equal([]);
	});

	describe('that is no release', () => {
		const without = (name: string) => Object.fromEntries(Object.entries(hostLabels()).filter(([key]) => key !== name));
		const cases = [
			['without a host image service', { ...hostLabels(), 'io.balena.image.class': 'overlay' }, 'has no service with'],
			['without an updater', without('io.balena.private.updater'), 'no label io.balena.private.updater'],
			['with a broken updater', { ...hostLabels(), 'io.balena.private.updater': 'A b:c' }, 'is no image reference'],
			[
				'without a build',
				without('io.balena.private.hostapp.board-rev'),
				'no label io.balena.private.hostapp.board-rev',
			],
		] as const;
		for (const [name, labels, reason] of cases) {
			it(`host-update #7: ${name} is rejected with the reason, and user apps go on`, async () => {
				await scene.reachUpdater(hostApp({ labels }));
				expect(
					scene.told.filter((line) => line.includes('Host OS release rejected') && line.includes(reason)),
				).to.have.length(1);
				expect((await scene.report()).release?.update_status).to.equal('rejected');
				expect(scene.isWebRunning()).to.equal(true);
				expect(scene.starts + scene.world.hostOs.unpacked).to.equal(0);
			});
		}

		it('host-update #8: without a release nothing happens', async () => {
			await scene.reachUpdater(hostApp({ withoutRelease: true }));
			expect(scene.isWebRunning()).to.equal(true);
			expect(scene.starts + scene.reboots).to.equal(0);
			expect((await scene.report()).release).to.equal(undefined);
		});

		it('host-update #8: without a host app nothing is asked and nothing is removed', async () => {
			const { hostUpdates, hostOs, clock } = scene.world;
			await scene.reachUpdater();
			hostOs.endUnit(EXIT_3);
			const known = await hostUpdates.list();
			const calls: string[] = [];
			hostOs.onCall = (call) => calls.push(call);
			await scene.give(documentOf(undefined));
			await clock.advance(1000);
			calls.length = 0;
			await clock.advance(3 * HOUR_MS);
			expect(calls).to.deep.equal([]);
			expect((await hostUpdates.list()).map(({ release }) => release.commit)).to.deep.equal(
				known.map(({ release }) => release.commit),
			);
		});

		it('host-update #12: a host image service with an inactive profile, and extensions, are not touched', async () => {
			const overlay = hostService({ 'io.balena.image.class': 'overlay' });
			const idle = hostService({ ...hostLabels('build 9') }, { profiles: ['never'] });
			await scene.reachUpdater(hostApp({ others: { overlay, idle } }));
			expect(scene.starts).to.equal(1);
			expect(scene.world.hostOs.starts[0]?.command).to.include('h2');
			expect(scene.world.engine.containers.size).to.equal(1);
			const { release } = await scene.report();
			expect(Object.keys(release?.services ?? {})).to.deep.equal(['hostapp']);
		});
	});

	it('host-update #9: without D-Bus the user reads of it once, and nothing else suffers', async () => {
		const { world } = scene;
		world.hostOs.hasSystemd = false;
		await scene.reachUpdater();
		await world.clock.advance(3 * HOUR_MS);
		expect(scene.told.filter((line) => line.includes('The host OS cannot be updated on this device'))).to.have.length(
			1,
		);
		expect(scene.isWebRunning()).to.equal(true);
		expect(scene.world.hostOs.unpacked).to.equal(0);
		const { applying, updateFailed } = world.status.latest() ?? {};
		expect([applying, updateFailed]).to.deep.equal([false, false]);
		world.hostOs.hasSystemd = true;
		await world.clock.advance(HOUR_MS);
		expect(scene.starts).to.equal(1);
	});

	it('host-update #9: a system that does not name its build is not updated', async () => {
		scene.world.hostOs.build = '';
		await scene.reachUpdater();
		expect(scene.told.filter((line) => line.includes('does not name its build'))).to.have.length(1);
		expect(scene.starts).to.equal(0);
	});

	describe('beside an update of an app', () => {
		async function updateWeb(): Promise<void> {
			const { world } = scene;
			await scene.give(documentOf(hostApp(), { release: 2, web: { version: 2 } }));
			await world.clock.advance(MINUTE_MS);
		}
		const isNew = () =>
			[...scene.world.engine.containers.values()].some(
				({ status, image }) =>
					status === 'running' && image.includes('f' + Buffer.from('web@2').toString('hex').slice(1)),
			);

		it('host-update #10: is not delayed by a long download', async () => {
			const { world } = scene;
			await scene.give(documentOf(undefined));
			await world.clock.advance(MINUTE_MS);
			world.engine.faults = { ...calm, latencyMs: (call) => (call === 'pull' ? 10 * HOUR_MS : 0) };
			await scene.give(documentOf(undefined, { release: 2, web: { version: 2 } }));
			await world.clock.advance(MINUTE_MS);
			world.engine.faults = calm;
			await updateWeb();
			expect(scene.starts).to.equal(1);
			expect(isNew()).to.equal(false);
		});

		it('host-update #10: waits while the old container is gone and the new one does not run', async () => {
			const { world } = scene;
			await scene.give(documentOf(undefined));
			await world.clock.advance(MINUTE_MS);
			let atStart: boolean | undefined;
			world.hostOs.onStart = () => {
				atStart = scene.isWebRunning();
			};
			world.engine.faults = { ...calm, latencyMs: (call) => (call.startsWith('start') ? 5 * MINUTE_MS : 0) };
			await updateWeb();
			expect(scene.starts).to.equal(0);
			await world.clock.advance(10 * MINUTE_MS);
			expect([scene.starts, atStart]).to.deep.equal([1, true]);
		});

		it('stops no container while it runs, unless that is forced; what is down is started', async () => {
			await scene.reachUpdater();
			const { world } = scene;
			await updateWeb();
			await world.clock.advance(HOUR_MS);
			expect(isNew()).to.equal(false);
			expect(scene.isWebRunning()).to.equal(true);
			expect(scene.why('stopContainer')).to.equal('busy');
			world.update({ force: true });
			await world.clock.advance(MINUTE_MS);
			expect(isNew()).to.equal(true);
		});

		it('stops no container for the next supervisor either, also while the bus is away', async () => {
			await scene.reachUpdater();
			const { world } = scene;
			await world.crash();
			world.hostOs.hasSystemd = false;
			scene.start();
			await updateWeb();
			await world.clock.advance(HOUR_MS);
			expect(isNew()).to.equal(false);
			world.hostOs.hasSystemd = true;
			await world.clock.advance(HOUR_MS);
			expect(isNew()).to.equal(false);
			world.hostOs.endUnit();
			await world.clock.advance(MINUTE_MS);
			expect(isNew()).to.equal(true);
		});

		it('delays no reboot that is due for another reason while its updater cannot be fetched', async () => {
			const { world } = scene;
			world.engine.registry.delete(UPDATER);
			await scene.reachUpdater();
			world.host.mark = 'required';
			world.update({ force: false });
			await world.clock.advance(MINUTE_MS);
			expect([scene.starts, scene.reboots]).to.deep.equal([0, 1]);
		});

		it('lets the update of the app go on when it has ended', async () => {
			await scene.reachUpdater();
			await updateWeb();
			scene.world.hostOs.endUnit(EXIT_3);
			await scene.world.clock.advance(MINUTE_MS);
			scene.world.hostOs.endUnit(EXIT_3);
			await scene.world.clock.advance(10 * MINUTE_MS);
			expect(isNew()).to.equal(true);
		});

		it('refuses the reboot of a user while it runs', async () => {
			await scene.reachUpdater();
			const outcome = scene.world.submit({ kind: 'reboot' });
			await scene.world.clock.advance(MINUTE_MS);
			expect(await outcome).to.deep.include({ kind: 'failed', code: 'updates-locked' });
			expect(scene.reboots).to.equal(0);
		});
	});

	describe('beside another one', () => {
		it('host-update #11: waits for the end of a unit that another program has started', async () => {
			const { hostOs, clock } = scene.world;
			hostOs.begin();
			await scene.reachUpdater();
			await clock.advance(HOUR_MS);
			expect(scene.starts).to.equal(0);
			hostOs.endUnit();
			await clock.advance(5 * MINUTE_MS);
			expect(scene.starts).to.equal(1);
			expect((await scene.world.hostUpdates.list())[0]?.attempts).to.equal(1);
		});

		it('host-update #11: waits for the end of one that may still be rolled back', async () => {
			const { hostOs, clock } = scene.world;
			hostOs.isForeignUpdate = true;
			await scene.reachUpdater();
			await clock.advance(HOUR_MS);
			expect(scene.starts + hostOs.unpacked).to.equal(0);
			expect(scene.why('fetchHostUpdater')).to.equal('not-yet');
			hostOs.isForeignUpdate = false;
			await clock.advance(5 * MINUTE_MS);
			expect(scene.starts).to.equal(1);
		});
	});
});
