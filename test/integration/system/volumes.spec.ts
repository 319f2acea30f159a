import { expect } from 'chai';
import { containersByService, listContainers, listImages, listNetworks, listVolumes } from './engine-view.ts';
import { setLockScene, type LockScene } from './lock-scene.ts';

const KEPT = 'written by the first release';
const USES_V = { compositions: { a: { volumes: ['v:/v'] } } };

describe('a device whose services have data', function () {
	this.timeout(60_000);
	let scene: LockScene;
	let volume: string;

	before(async () => {
		scene = await setLockScene();
		await scene.device.start();
		volume = `${scene.fleet.id}_v`;
	});
	after(() => scene.dispose());

	beforeEach(async () => {
		await scene.begin({ a: scene.images[0] }, { ...USES_V, volumes: { v: {} } });
		await inside('a', `echo ${KEPT} >/v/file`);
	});

	async function inside(service: string, script: string): Promise<string> {
		const { [service]: container } = await containersByService(scene.engine);
		return (await scene.engine.docker('exec', container?.Id ?? '', 'sh', '-c', script)).trim();
	}

	/** By the service that uses the volume. */
	const readFile = () => inside('a', 'cat /v/file');

	it('planner #25 by decision D9: keeps and uses a volume that differs, with its data, and logs it once', async () => {
		const { device, engine, story } = scene;
		const logStart = device.log().length;
		const commit = await scene.change({ a: scene.images[1] }, { ...USES_V, volumes: { v: { labels: { new: '1' } } } });
		await device.waitForOnTarget(commit);
		expect(story.has('start a@2')).to.equal(true);
		expect(await readFile()).to.equal(KEPT);
		expect(story.lines()).to.not.include('destroy volume v');
		const labels = await engine.docker('volume', 'inspect', '--format', '{{json .Labels}}', volume);
		expect(JSON.parse(labels)).to.not.have.property('new');
		await device.update();
		await device.waitForOnTarget(commit);
		const logged = device
			.log()
			.slice(logStart)
			.split('\n')
			.filter((line) => line.includes('component=system') && line.includes('the volume that exists is kept'));
		expect(logged).to.have.lengthOf(1);
		expect(logged[0])
			.to.include('differs (labels); purge the app or give the volume another name')
			.and.include('volumes.v');
	});

	it('planner #26: keeps a volume that the release no longer names, and its data for the one that does again', async () => {
		const { device, engine, story } = scene;
		const without = await scene.change({ a: scene.images[1] });
		await device.waitForOnTarget(without);
		const { a } = await containersByService(engine);
		expect(a?.Mounts.map(({ Name }) => Name)).to.not.include(volume);
		expect(await listVolumes(engine)).to.deep.equal([volume]);
		const again = await scene.change({ a: scene.images[1] }, { ...USES_V, volumes: { v: {} } });
		await device.waitForOnTarget(again);
		expect(await readFile()).to.equal(KEPT);
		expect(story.lines()).to.not.include('destroy volume v');
	});

	it('planner #28: keeps volumes and images of an app in local mode, and uses them again afterwards', async () => {
		const { device, engine, client, story } = scene;
		const uuid = await device.uuid();
		const images = await listImages(engine);
		await client.updateDevice(uuid, { config: { SUPERVISOR_LOCAL_MODE: '1' } });
		await device.update();
		await device.waitFor('its containers and networks are gone', async () => {
			const left = await Promise.all([listContainers(engine), listNetworks(engine)]);
			return left.every((list) => list.length === 0);
		});
		await device.waitFor('it is settled', async () => (await device.status())?.appState === 'applied');
		expect(await listVolumes(engine)).to.deep.equal([volume]);
		expect(await listImages(engine)).to.have.members(images);

		await client.updateDevice(uuid, { config: { SUPERVISOR_LOCAL_MODE: '0' } });
		await device.update();
		await device.waitFor('the service runs', async () => {
			const { a } = await containersByService(engine);
			return a?.State.Status === 'running';
		});
		expect(await readFile()).to.equal(KEPT);
		expect(story.lines().filter((line) => /^(pull|untag|delete|destroy volume)/.test(line))).to.deep.equal([]);
	});
});
