import { expect } from 'chai';
import { documentOf, hostApp, HostUpdateScene, IMAGE, UPDATER } from './host-update-scene.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const EXIT_3 = { kind: 'failed', exitStatus: 3, result: 'exit-code' } as const;

describe('an update of the host OS', () => {
	let scene: HostUpdateScene;

	beforeEach(() => {
		scene = new HostUpdateScene();
	});
	afterEach(async () => {
		await scene.world.crash();
		expect(scene.world.crashes).to.deep.equal([]);
	});

	it('host-update #1: runs the updater of the release with what it needs to know', async () => {
		await scene.reachUpdater();
		const { hostOs, engine } = scene.world;
		const folder = '/tmp/balena-supervisor/balenahup';
		const names = ['--app-uuid', 'b0b1', '--release-commit', 'h2', '--target-image-uri', IMAGE];
		expect(hostOs.starts).to.deep.equal([
			{
				name: 'os-update.service',
				command: [`${folder}/entry.sh`, ...names, '--no-reboot'],
				workingDirectory: folder,
			},
		]);
		expect(hostOs.unpacked).to.equal(1);
		expect([...engine.containers.values()].map(({ name }) => name)).not.to.include('balenahup');
		expect([...engine.images.values()].flatMap(({ digests }) => digests)).not.to.include(UPDATER);
		expect(await scene.report()).to.deep.equal({
			reached: undefined,
			release: {
				update_status: 'applying changes',
				services: { hostapp: { image: 'registry.example.com/v2/0123', status: 'Installing' } },
			},
		});
	});

	it('host-update #1: is made although another container has the image of the updater', async () => {
		const { engine, hostOs, clock } = scene.world;
		const { signal } = new AbortController();
		void engine
			.pullImage({ reference: UPDATER, signal, progress: () => undefined })
			.then(() => engine.createContainer({ name: 'of-a-user', body: { Image: UPDATER } }));
		await clock.advance(MINUTE_MS);
		await scene.reachUpdater();
		expect(hostOs.starts).to.have.length(1);
		expect([...engine.containers.values()].map(({ name }) => name)).to.include('of-a-user');
	});

	describe('whose updater has succeeded', () => {
		it('host-update #2: reboots under locks, and says which lock delays it', async () => {
			await scene.reachUpdater();
			const { world } = scene;
			world.lockDisk.lockAsUser(1, 'web');
			world.hostOs.endUnit();
			await world.clock.advance(10 * MINUTE_MS);
			expect(world.hostOs.mark).to.deep.equal({ commit: 'h2', state: 'installed' });
			expect(world.host.mark).to.equal('required');
			expect(scene.reboots).to.equal(0);
			expect(scene.why('reboot')).to.equal('locked-by-user');
			expect(scene.told.join('\n')).to.match(/Updates are locked, retrying in/);
			expect((await scene.report()).release?.update_status).to.equal('aborted');
			world.lockDisk.unlockAsUser(1, 'web');
			await world.clock.advance(10 * MINUTE_MS);
			expect(scene.reboots).to.equal(1);
			expect(scene.starts).to.equal(1);
		});

		it('host-update #2: reboots at once when it is forced', async () => {
			await scene.reachUpdater();
			const { world } = scene;
			world.lockDisk.lockAsUser(1, 'web');
			world.hostOs.endUnit();
			await world.clock.advance(MINUTE_MS);
			world.update({ force: true });
			await world.clock.advance(MINUTE_MS);
			expect(scene.reboots).to.equal(1);
		});

		it('host-update #2: reboots although the system is marked as being updated', async () => {
			await scene.reachUpdater();
			const { world } = scene;
			world.host.updating = true; // the updater leaves the mark that the next system removes
			world.hostOs.isForeignUpdate = true;
			world.hostOs.endUnit();
			await world.clock.advance(MINUTE_MS);
			expect(scene.reboots).to.equal(1);
		});

		it('host-update #6: is done when the new build has booted, and keeps nothing of other releases', async () => {
			await scene.reachUpdater();
			const { world } = scene;
			world.hostOs.endUnit();
			await world.clock.advance(MINUTE_MS);
			await scene.boot('build 2');
			await world.clock.advance(HOUR_MS);
			expect(await scene.report()).to.deep.equal({
				reached: 'h2',
				release: {
					update_status: 'done',
					services: { hostapp: { image: 'registry.example.com/v2/0123', status: 'Running' } },
				},
			});
			expect([scene.starts, scene.reboots]).to.deep.equal([1, 1]);
			expect((await world.hostUpdates.list()).map(({ release, attempts }) => [release.commit, attempts])).to.deep.equal(
				[['h2', 0]],
			);
			await scene.give(documentOf(hostApp({ commit: 'h3', build: 'build 3' })));
			await world.clock.advance(MINUTE_MS);
			world.hostOs.endUnit();
			await world.clock.advance(MINUTE_MS);
			await scene.boot('build 3');
			await world.clock.advance(MINUTE_MS);
			expect((await world.hostUpdates.list()).map(({ release }) => release.commit)).to.deep.equal(['h3']);
		});

		it('host-update #6: has failed when the old build has booted again, three times at most', async () => {
			await scene.reachUpdater();
			const { world } = scene;
			for (let attempt = 1; attempt <= 5; attempt++) {
				world.hostOs.endUnit();
				await world.clock.advance(MINUTE_MS);
				await scene.boot();
				await world.clock.advance(MINUTE_MS);
			}
			expect([scene.starts, scene.reboots]).to.deep.equal([3, 3]);
			expect((await scene.report()).release?.update_status).to.equal('aborted');
			expect(scene.why('updateHost')).to.equal('given-up');
		});
	});

	describe('whose updater fails', () => {
		async function failThreeTimes(): Promise<void> {
			const { world } = scene;
			world.hostOs.lines = ['no space', 'giving up'];
			await scene.reachUpdater();
			for (let attempt = 1; attempt <= 3; attempt++) {
				expect(scene.starts).to.equal(attempt);
				world.hostOs.endUnit(EXIT_3);
				await world.clock.advance(MINUTE_MS);
			}
		}

		it('host-update #3: is tried three times, then given up with the reason', async () => {
			await failThreeTimes();
			const { world } = scene;
			await world.clock.advance(20 * HOUR_MS);
			expect(scene.starts).to.equal(3);
			expect((await scene.report()).release?.update_status).to.equal('aborted');
			const reason = 'the updater ended with exit code 3, last lines: no space | giving up';
			expect(scene.told.filter((line) => line.includes(reason))).to.have.length(3);
			const { plan, applying } = world.status.latest() ?? {};
			expect(JSON.stringify(plan?.waiting)).to.include(reason);
			expect(applying, 'the device is on target otherwise').to.equal(false);
		});

		it('host-update #3: is tried again after a day', async () => {
			await failThreeTimes();
			await scene.world.clock.advance(23 * HOUR_MS);
			expect(scene.starts).to.equal(3);
			await scene.world.clock.advance(2 * HOUR_MS);
			expect([scene.starts, scene.world.hostOs.unpacked]).to.deep.equal([4, 4]);
		});

		it('host-update #3: is tried again when the target names another release', async () => {
			await failThreeTimes();
			await scene.give(documentOf(hostApp({ commit: 'h3', build: 'build 3' })));
			await scene.world.clock.advance(MINUTE_MS);
			expect(scene.starts).to.equal(4);
		});

		it('host-update #3: is tried another three times when a user forces an update', async () => {
			await failThreeTimes();
			const { world } = scene;
			world.update({ force: true });
			for (let attempt = 4; attempt <= 8; attempt++) {
				await world.clock.advance(MINUTE_MS);
				expect(scene.starts).to.equal(Math.min(attempt, 6));
				if (world.hostOs.isUnitRunning) world.hostOs.endUnit(EXIT_3);
			}
		});

		it('host-update #3: is not tried without end because locks never count', async () => {
			scene.world.lockOverride = true;
			await failThreeTimes();
			await scene.world.clock.advance(20 * HOUR_MS);
			expect(scene.starts).to.equal(3);
		});

		it('delays no reboot that is due for another reason once it is given up', async () => {
			await failThreeTimes();
			scene.world.host.mark = 'required';
			scene.world.update({ force: false });
			await scene.world.clock.advance(MINUTE_MS);
			expect(scene.reboots).to.equal(1);
		});
	});

	describe('that is interrupted', () => {
		it('host-update #4: is waited for by the next supervisor, and not started again', async () => {
			await scene.reachUpdater();
			const { world } = scene;
			await world.crash();
			scene.start();
			await world.clock.advance(MINUTE_MS);
			expect(world.hostOs.isUnitRunning).to.equal(true);
			expect((await scene.report()).release?.update_status).to.equal('applying changes');
			world.hostOs.endUnit();
			await world.clock.advance(MINUTE_MS);
			expect([scene.starts, scene.reboots]).to.deep.equal([1, 1]);
		});

		for (const [how, end] of [
			['with success', { kind: 'succeeded' }],
			['with a failure', EXIT_3],
		] as const) {
			it(`host-update #4: is known to have ended ${how} while no supervisor ran`, async () => {
				await scene.reachUpdater();
				const { world } = scene;
				await world.crash();
				world.hostOs.endUnit(end);
				scene.start();
				await world.clock.advance(10_000);
				expect(scene.reboots).to.equal(end.kind === 'succeeded' ? 1 : 0);
				expect((await world.hostUpdates.list())[0]?.attempts).to.equal(end.kind === 'succeeded' ? 1 : 2);
			});
		}

		it('host-update #4: is waited for in its third attempt too', async () => {
			await scene.reachUpdater();
			const { world } = scene;
			for (let attempt = 1; attempt <= 2; attempt++) {
				world.hostOs.endUnit(EXIT_3);
				await world.clock.advance(MINUTE_MS);
			}
			await world.crash();
			scene.start();
			await world.clock.advance(MINUTE_MS);
			world.hostOs.endUnit();
			await world.clock.advance(MINUTE_MS);
			expect([scene.starts, scene.reboots]).to.deep.equal([3, 1]);
		});

		it('host-update #5: counts one attempt for a power cut, and is tried again after the boot', async () => {
			await scene.reachUpdater();
			const { world } = scene;
			await scene.boot();
			await world.clock.advance(MINUTE_MS);
			expect(scene.starts).to.equal(2);
			expect((await world.hostUpdates.list())[0]?.attempts).to.equal(2);
			world.hostOs.endUnit();
			await world.clock.advance(MINUTE_MS);
			expect(scene.reboots).to.equal(1);
		});

		it('is waited for when the target names another release meanwhile', async () => {
			await scene.reachUpdater();
			const { world } = scene;
			await scene.give(documentOf(hostApp({ commit: 'h3', build: 'build 3' })));
			await world.clock.advance(MINUTE_MS);
			expect(scene.starts).to.equal(1);
			world.hostOs.endUnit(EXIT_3);
			await world.clock.advance(MINUTE_MS);
			expect(scene.told.join('\n')).to.include('Failed to install host OS release h2');
			expect(scene.starts).to.equal(2);
			expect(world.hostOs.starts[1]?.command).to.include('h3');
		});
	});
});
