import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { Random } from '../../support/random.ts';
import { listContainers, listImages, listVolumes, serviceOf } from './engine-view.ts';
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
		const releases = [
			// Two services exchange images, so that no image may be given up for its old service alone.
			{ images: { a: one, b: two, c: three, keeper: four }, use: [one, two, three, four] },
			{ images: { a: two, b: five, c: one, keeper: six }, use: [one, two, five, six] },
		];
		const { commit: second } = await scene.apply(releases[1]!.images, RELEASE);
		const { commit: first } = await scene.apply(releases[0]!.images, RELEASE);
		const commits = [first, second];
		await runInKeeper(`echo ${seed} >/kept/seed`);

		for (let cut = 1; cut <= CUTS; cut += 1) {
			const turn = cut % 2;
			const commit = commits[turn] ?? '';
			await client.updateFleet(fleet.id, { targetRelease: commit });
			await device.update();
			const delayMs = random.below(CUT_MS_MAX);
			await sleep(delayMs);
			expect(await device.kill('SIGKILL')).to.equal(137);
			await device.start();
			await device.waitForOnTarget(commit);
			await expectRelease(commit, releases[turn]!, `cut ${cut}, ${delayMs} ms after the update began`);
			expect(await runInKeeper('cat /kept/seed')).to.equal(`${seed}\n`);
		}
	});

	async function expectRelease(
		commit: string,
		{ images, use }: { readonly images: Readonly<Record<string, string>>; readonly use: readonly string[] },
		message: string,
	): Promise<void> {
		const { engine } = scene;
		const containers = await listContainers(engine);
		expect(containers.map(serviceOf), message).to.have.members(SERVICES);
		for (const container of containers) {
			expect(container.State.Status, `${message}: ${container.Name}`).to.equal('running');
			expect(container.Name, message).to.match(new RegExp(`_${commit}$`));
			const [content] = [await engine.docker('exec', container.Id, 'cat', '/content')];
			expect(images[serviceOf(container)], message).to.match(new RegExp(`/${content}@`));
		}
		expect(await listVolumes(engine), message).to.have.lengthOf(1);
		expect(await listImages(engine), message).to.have.members(use);
	}

	async function runInKeeper(script: string): Promise<string> {
		const keeper = (await listContainers(scene.engine)).find((container) => serviceOf(container) === 'keeper');
		return scene.engine.docker('exec', keeper?.Id ?? '', 'sh', '-c', script);
	}
});
