import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { Random } from '../../support/random.ts';
import { listContainers, listImages, listVolumes, serviceOf, type Container } from './engine-view.ts';
import { setScene, type Scene } from './scene.ts';

const CUTS = 20;
const CUT_MS_MAX = 1500;
const SERVICES = ['a', 'b', 'c', 'keeper'];
const RELEASE = {
	compositions: { keeper: { volumes: ['kept:/kept'] }, b: { depends_on: ['a'] } },
	volumes: { kept: {} },
};

describe('a device that is cut off in the middle of an update', function () {
	this.timeout(90_000);
	let scene: Scene;

	before(async () => {
		scene = await setScene();
		await scene.device.start();
	});
	after(() => scene.dispose());

	it(`arrives after each of ${CUTS} cuts, with one container for each service and its data kept`, async () => {
		const seed = Number(process.env['SEED'] ?? Date.now() % 1_000_000);
		console.log(`      SEED=${seed}`);
		const random = new Random(seed);
		const { device, client, fleet } = scene;
		const [one, two, three, four, five, six] = scene.images;
		// Two services exchange images, so that no image may be given up for its old service alone.
		const first = await applyRelease({ a: one, b: two, c: three, keeper: four }, [one, two, three, four]);
		const second = await applyRelease({ a: two, b: five, c: one, keeper: six }, [one, two, five, six]);
		await runInKeeper(await listContainers(scene.engine), `echo ${seed} >/kept/seed`);

		for (let cut = 1; cut <= CUTS; cut += 1) {
			const release = cut % 2 === 1 ? first : second;
			await client.updateFleet(fleet.id, { targetRelease: release.commit });
			await device.update();
			const delayMs = random.below(CUT_MS_MAX);
			await sleep(delayMs);
			expect(await device.kill('SIGKILL')).to.equal(137);
			await device.start();
			await device.waitForOnTarget(release.commit);
			const containers = await listContainers(scene.engine);
			await expectRelease(containers, release, `cut ${cut}, ${delayMs} ms after the update began`);
			expect(await runInKeeper(containers, 'cat /kept/seed')).to.equal(`${seed}\n`);
		}
	});

	async function applyRelease(images: Readonly<Record<string, string>>, use: readonly string[]): Promise<Applied> {
		const { commit } = await scene.apply(images, RELEASE);
		const containers = await listContainers(scene.engine);
		return { commit, use, imageIds: containers.map(describeImage) };
	}

	async function expectRelease(containers: readonly Container[], release: Applied, message: string): Promise<void> {
		const { engine } = scene;
		expect(containers.map(serviceOf), message).to.have.members(SERVICES);
		expect(containers.map(describeImage), message).to.have.members(release.imageIds);
		for (const container of containers) {
			expect(container.State.Status, `${message}: ${container.Name}`).to.equal('running');
			expect(container.Name, message).to.match(new RegExp(`_${release.commit}$`));
		}
		expect(await listVolumes(engine), message).to.have.lengthOf(1);
		expect(await listImages(engine), message).to.have.members(release.use);
	}

	function runInKeeper(containers: readonly Container[], script: string): Promise<string> {
		const keeper = containers.find((container) => serviceOf(container) === 'keeper');
		return scene.engine.docker('exec', keeper?.Id ?? '', 'sh', '-c', script);
	}
});

interface Applied {
	readonly commit: string;
	/** The objects on the engine. */
	readonly use: readonly string[];
	readonly imageIds: readonly string[];
}

function describeImage(container: Container): string {
	return `${serviceOf(container)} ${container.Image}`;
}
