import { expect } from 'chai';
import { containersByService, listContainers, listNetworks, listVolumes, readTraces } from '../system/engine-view.ts';
import { setScene, type Scene } from '../system/scene.ts';

const KEPT = 'from the first release';
const COMPOSITIONS = { db: { volumes: ['data:/data'] }, web: { depends_on: ['db'] } };
const PARTS = { compositions: COMPOSITIONS, volumes: { data: {} } };
/** What an update replaces may be missing only for a moment, and what was taken away comes back soon. */
const HEALED_MS = 10_000;

/**
 * The whole program in a minute: one device, from its first release to its end, each step on what the one before has left.
 * `npm cit` runs it on every machine that can have an engine of its own; everything else about the system is in `../system`.
 */
describe('a device from start to stop', function () {
	this.timeout(60_000);
	let scene: Scene;
	let commit: string;

	before(async () => {
		scene = await setScene();
		await scene.device.start();
	});
	after(() => scene.dispose());

	const inside = async (service: string, script: string) => {
		const { [service]: container } = await containersByService(scene.engine);
		return (await scene.engine.docker('exec', container?.Id ?? '', 'sh', '-c', script)).trim();
	};
	const statesOf = async () =>
		Object.entries(await containersByService(scene.engine)).map(([service, { State }]) => `${service} ${State.Status}`);

	it('runs and reports a first release of two services, a volume and a network', async () => {
		const { device, images, engine } = scene;
		({ commit } = await scene.apply({ web: images[0], db: images[1] }, PARTS));
		expect(await statesOf()).to.have.members(['web running', 'db running']);
		expect(await listVolumes(engine)).to.deep.equal([`${scene.fleet.id}_data`]);
		expect(await listNetworks(engine)).to.have.lengthOf(1);
		await inside('db', `echo ${KEPT} >/data/file`);
		await scene.waitForReport(commit, ['web', 'db']);
		expect((await device.view())?.updateStatus).to.equal('done');
	});

	it('applies a next release: replaces one service, keeps the other running, and keeps the data', async () => {
		const { images, engine } = scene;
		const before = await containersByService(engine);
		({ commit } = await scene.apply({ web: images[2], db: images[1] }, PARTS));
		const after = await containersByService(engine);
		expect(after['web']?.Image).to.not.equal(before['web']?.Image);
		expect(after['db']?.State).to.deep.equal(before['db']?.State);
		expect(await statesOf()).to.have.members(['web running', 'db running']);
		expect(await inside('db', 'cat /data/file')).to.equal(KEPT);
	});

	it('repairs what was removed or stopped outside the supervisor', async () => {
		const { device, engine } = scene;
		const before = await containersByService(engine);
		await engine.docker('rm', '--force', before['web']?.Id ?? '');
		await engine.docker('stop', before['db']?.Id ?? '');
		const isHealed = async () => (await statesOf()).sort().join() === 'db running,web running';
		await device.waitFor('both run again', isHealed, HEALED_MS);
		expect((await containersByService(engine))['db']?.Id).to.equal(before['db']?.Id);
		await device.waitForOnTarget(commit);
	});

	it('completes an update although its supervisor is killed in the middle of it', async () => {
		const { device, images, engine } = scene;
		const taken = () => device.log().split('Taking update locks').length;
		const before = taken();
		const release = await scene.release({ web: images[3], db: images[4] }, PARTS);
		await device.update();
		await device.waitFor('containers are about to change', () => taken() > before);
		expect(await device.kill('SIGKILL')).to.equal(137);
		await device.start();
		await device.waitForOnTarget(release.commit);
		({ commit } = release);
		expect(await listContainers(engine)).to.have.lengthOf(2);
		expect(await statesOf()).to.have.members(['web running', 'db running']);
		expect(await inside('db', 'cat /data/file')).to.equal(KEPT);
	});

	it('exits in order on SIGTERM, and its services keep running', async () => {
		const { device, engine } = scene;
		const before = await readTraces(engine);
		expect(await device.kill('SIGTERM')).to.equal(143);
		expect(await readTraces(engine)).to.deep.equal(before);
		await device.start();
		await device.waitForOnTarget(commit);
		expect(await readTraces(engine)).to.deep.equal(before);
	});

	it('removes its services and their networks and volumes when the target is empty', async () => {
		const { device, engine, client } = scene;
		const uuid = await device.uuid();
		await client.setTarget(uuid, { [uuid]: { name: 'empty', config: {}, apps: {} } });
		await device.update();
		await device.waitFor('nothing is left', async () => {
			const left = await Promise.all([listContainers, listNetworks, listVolumes].map((list) => list(engine)));
			return left.every((list) => list.length === 0);
		});
	});
});
