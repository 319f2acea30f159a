import { expect } from 'chai';
import { openDatabase } from '../../../src/adapters/sqlite/index.ts';
import { silentLog } from '../../support/logs.ts';
import { containersByService, listContainers, listImages, listNetworks, readTraces } from './engine-view.ts';
import { setScene, type Scene } from './scene.ts';

const HEAL_MS = 2000;
const SERVICES = ['alone', 'first', 'second'];
const RELEASE = {
	compositions: {
		alone: { network_mode: 'none' },
		first: { networks: ['inner'] },
		second: { networks: ['inner'], depends_on: ['first'] },
	},
	networks: { inner: {} },
};

describe('a device whose containers are changed outside the supervisor', function () {
	this.timeout(60_000);
	let scene: Scene;
	let commit: string;

	before(async () => {
		scene = await setScene();
		const [alone, first, second] = scene.images;
		await scene.device.start();
		({ commit } = await scene.apply({ alone, first, second }, RELEASE));
	});
	after(() => scene.dispose());

	const isRunning = async (...services: readonly string[]) => {
		const containers = await containersByService(scene.engine);
		return services.every((service) => containers[service]?.State.Status === 'running');
	};

	it('has a container that was removed back within two seconds', async () => {
		const { device, engine } = scene;
		const before = await containersByService(engine);
		await engine.docker('rm', '--force', before['alone']?.Id ?? '');
		await device.waitFor('the container is back', () => isRunning('alone'), HEAL_MS);
		const after = await containersByService(engine);
		expect(after['alone']?.Id).to.not.equal(before['alone']?.Id);
		expect(after['first']?.State).to.deep.equal(before['first']?.State);
		await device.waitForOnTarget(commit);
	});

	it('starts a container that was stopped, within two seconds', async () => {
		const { device, engine } = scene;
		const before = await containersByService(engine);
		await engine.docker('stop', before['alone']?.Id ?? '');
		await device.waitFor('the container runs again', () => isRunning('alone'), HEAL_MS);
		const after = await containersByService(engine);
		expect(after['alone']?.Id).to.equal(before['alone']?.Id);
		expect(after['alone']?.State.StartedAt).to.not.equal(before['alone']?.State.StartedAt);
		await device.waitForOnTarget(commit);
	});

	it('recreates a network and its containers that were removed together', async () => {
		const { device, engine } = scene;
		const before = await containersByService(engine);
		// It would be faster than we are.
		device.signal('SIGSTOP');
		await engine.docker('rm', '--force', before['first']?.Id ?? '', before['second']?.Id ?? '');
		const names = await listNetworks(engine);
		await engine.docker('network', 'rm', ...names);
		device.signal('SIGCONT');
		await device.waitFor('both run', () => isRunning('first', 'second'));
		expect(await listNetworks(engine)).to.deep.equal(names);
		expect((await containersByService(engine))['alone']?.State).to.deep.equal(before['alone']?.State);
		await device.waitForOnTarget(commit);
	});

	it('changes nothing when an image loses its names: the image records still identify it', async () => {
		const { device, engine } = scene;
		const before = await readTraces(engine);
		const [, first] = scene.images;
		await engine.docker('rmi', '--force', first, `${first.split('@')[0] ?? ''}:latest`);
		expect(await listImages(engine)).to.not.include(first);
		await device.update();
		await device.waitForOnTarget(commit);
		expect(await readTraces(engine)).to.deep.equal(before);
	});

	it('finds or fetches its images again when their records are lost too, and touches no container', async () => {
		const { device, engine, images } = scene;
		const before = await readTraces(engine);
		await device.kill('SIGTERM');
		await removeImageRows();
		await device.start();
		await device.waitFor('all is recorded', async () => (await countImageRows()) === SERVICES.length);
		await device.waitForOnTarget(commit);
		expect(await listImages(engine)).to.have.members(images.slice(0, SERVICES.length));
		expect(await readTraces(engine)).to.deep.equal(before);
	});

	it('still reports all of them correctly', async () => {
		await scene.waitForReport(commit, SERVICES);
		expect(await listContainers(scene.engine)).to.have.lengthOf(SERVICES.length);
	});

	const openTables = () => openDatabase({ path: scene.device.databasePath, log: silentLog });

	async function removeImageRows(): Promise<void> {
		const database = await openTables();
		for (const { id } of await database.images.list()) {
			await database.images.remove(id);
		}
		await database.close();
	}

	async function countImageRows(): Promise<number> {
		const database = await openTables();
		const rows = await database.images.list();
		await database.close();
		return rows.length;
	}
});
