import { expect } from 'chai';
import type { FleetView } from '../../../tools/cloud/control-views.ts';
import { containersByService, type Container } from './engine-view.ts';
import { inventImage } from './images.ts';
import { setScene, type Scene } from './scene.ts';

/** Two apps: the fleet's, and one of the kind that a device may have besides. */
describe('a device with a target that is bad in part', function () {
	this.timeout(60_000);
	let scene: Scene;
	let other: FleetView;

	before(async () => {
		scene = await setScene();
		const { client, device, fleet } = scene;
		const { deviceType, arch } = fleet;
		other = await client.createFleet({ name: 'other', kind: 'supervisor', deviceType, arch });
		await device.start();
	});
	beforeEach(async () => {
		const [one, two, three] = scene.images;
		await scene.release({ web: one, db: two });
		await releaseOther(three);
		await scene.device.update();
		await waitForImages({ web: one, db: two, extra: three });
	});
	after(() => scene.dispose());

	it('applies the good app, leaves the bad one as it was, and says what is wrong', async () => {
		const { device, engine, images, fleet } = scene;
		const before = await containersByService(engine);
		const bad = await scene.release(
			{ web: images[3], db: images[1] },
			{ compositions: { web: { ports: ['99999:80'] } } },
		);
		await releaseOther(images[4]);
		await device.update();
		await waitForImages({ extra: images[4] });
		const after = await containersByService(engine);
		expectUntouched(after['web'], before['web']);
		expectUntouched(after['db'], before['db']);
		expect(device.log()).to.match(new RegExp(`left alone .*path=\\S*${fleet.uuid}\\S*.*99999`));
		await waitForUpdateStatus(bad.commit, 'rejected');

		await scene.release({ web: images[3], db: images[1] }, { compositions: { web: { ports: ['19999:80'] } } });
		await device.update();
		await waitForImages({ web: images[3], db: images[1], extra: images[4] });
	});

	it('keeps an app whose new image nobody has, updates the other, and goes on with a release that can be had', async () => {
		const { device, engine, images } = scene;
		const before = await containersByService(engine);
		const missing = inventImage(engine);
		await scene.release({ web: images[3], db: missing });
		await releaseOther(images[4]);
		await device.update();
		await waitForImages({ extra: images[4] });
		await device.waitForLog(`Failed to download image '${missing}'`);
		await device.waitFor('it has tried again', () => countFailures(missing) >= 2);
		const after = await containersByService(engine);
		expectUntouched(after['web'], before['web']);
		expectUntouched(after['db'], before['db']);

		const { commit } = await scene.release({ web: images[3], db: images[5] });
		await device.update();
		await waitForImages({ web: images[3], db: images[5], extra: images[4] });
		await waitForUpdateStatus(commit, 'done');
	});

	async function releaseOther(image: string): Promise<void> {
		const { commit } = await scene.release({ extra: image }, { fleet: other });
		await scene.client.updateDevice(await scene.device.uuid(), { supervisorRelease: commit });
	}

	/** Images are what tells these releases apart; all of them are tagged with what they hold. */
	const waitForImages = (expected: Readonly<Record<string, string>>) =>
		scene.device.waitFor(`these run: ${JSON.stringify(expected)}`, async () => {
			const containers = await containersByService(scene.engine);
			const running = await Promise.all(
				Object.entries(expected).map(async ([service, image]) => {
					const container = containers[service];
					if (container?.State.Status !== 'running') return false;
					const id = await scene.engine.docker('image', 'inspect', '--format', '{{.Id}}', image).catch(() => '');
					return id.trim() === container.Image;
				}),
			);
			return running.every(Boolean);
		});

	const waitForUpdateStatus = (commit: string, expected: string) =>
		scene.device.waitFor(
			`release ${commit} is reported as ${expected}`,
			async () => {
				const view = await scene.device.view();
				const apps = view?.state['apps'] as Record<string, { releases: Record<string, { update_status: string }> }>;
				return apps[scene.fleet.uuid]?.releases[commit]?.update_status === expected;
			},
			25_000,
		);

	function countFailures(image: string): number {
		return scene.device.log().split(`Failed to download image '${image}'`).length - 1;
	}
});

function expectUntouched(after: Container | undefined, before: Container | undefined): void {
	expect(after).to.include({ Id: before?.Id, Name: before?.Name });
	expect(after?.State).to.deep.equal(before?.State);
}
