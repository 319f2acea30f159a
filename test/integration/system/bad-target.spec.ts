import { expect } from 'chai';
import type { FleetView } from '../../../tools/cloud/control-views.ts';
import { containersByService, readTraces, type Container } from './engine-view.ts';
import { inventImage } from './images.ts';
import { setScene, type Scene } from './scene.ts';

/** The poll interval is the ceiling of all pauses after failures. */
const PAUSE_MAX_MS = 4000;
const UNMET = { type: 'sw.container', requires: [{ type: 'sw.supervisor', version: '>=99' }] };

/** Two apps: the fleet's, and one of the kind that a device may have besides. */
describe('a device with a target that is bad in part', function () {
	this.timeout(60_000);
	let scene: Scene;
	let other: FleetView;
	let logStart = 0;

	before(async () => {
		scene = await setScene();
		const { client, device, fleet } = scene;
		const { deviceType, arch } = fleet;
		other = await client.createFleet({ name: 'other', kind: 'supervisor', deviceType, arch });
		await client.updateFleet(fleet.id, { config: { RESIN_SUPERVISOR_POLL_INTERVAL: String(PAUSE_MAX_MS) } });
		await device.start();
	});
	beforeEach(async () => {
		logStart = scene.device.log().length;
		const [one, two, three] = scene.images;
		await scene.release({ web: one, db: two });
		await releaseOther(three);
		await scene.device.update();
		await waitForImages({ web: one, db: two, extra: three });
	});
	after(() => scene.dispose());

	it('applies the good app, keeps the bad one unchanged, and logs what is wrong', async () => {
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
		expect(device.log()).to.match(new RegExp(`skipped .*path=\\S*${fleet.uuid}\\S*.*99999`));
		await waitForUpdateStatus(bad.commit, 'rejected');

		await scene.release({ web: images[3], db: images[1] }, { compositions: { web: { ports: ['19999:80'] } } });
		await device.update();
		await waitForImages({ web: images[3], db: images[1], extra: images[4] });
	});

	it('keeps an app whose new image does not exist, updates the other, and applies a release that exists', async () => {
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

	it('planner #65: skips an app with invalid ports, logs it for the user, and applies the other', async () => {
		const { device, engine, images } = scene;
		const before = await containersByService(engine);
		// Six ports of the host for one of the service can be had (decision D25), but not for two.
		const compositions = { web: { ports: ['80-85:80-81'] } };
		await scene.release({ web: images[3], db: images[1] }, { compositions });
		await releaseOther(images[4]);
		await device.update();
		await waitForImages({ extra: images[4] });
		const after = await containersByService(engine);
		expectUntouched(after['web'], before['web']);
		expectUntouched(after['db'], before['db']);
		expect(systemLines().filter((line) => line.includes('80-85:80-81'))).to.have.lengthOf(1);
	});

	it('planner #29: keeps an app unchanged whose requirements are not met, and reports it as rejected, without services', async () => {
		const { device, engine, images, client, fleet } = scene;
		const before = await readTraces(engine);
		const composition = { services: { web: {}, db: {} } };
		const next = { web: images[3], db: images[1] };
		const bad = await client.createRelease(fleet.id, { composition, images: next, contracts: { web: UNMET } });
		await device.update();
		await waitForUpdateStatus(bad.commit, 'rejected');
		expect(await readTraces(engine)).to.deep.equal(before);
		const apps = (await device.view())?.state['apps'] as Readonly<Record<string, { readonly releases: object }>>;
		const releases = Object.values(apps[fleet.uuid]?.releases ?? {});
		// The old one too, although it runs.
		expect(releases).to.deep.equal([{ update_status: 'rejected' }, { update_status: 'rejected' }]);
	});

	it('planner #39: retries a container that cannot start, and blocks neither its app nor the other', async () => {
		const { device, images } = scene;
		const compositions = { fresh: { devices: ['/dev/nowhere:/dev/here'] } };
		const services = { web: images[3], db: images[1], fresh: images[5] };
		const bad = await scene.release(services, { compositions });
		await releaseOther(images[4]);
		await device.update();
		await waitForImages({ web: images[3], db: images[1], extra: images[4] });
		await device.waitFor('it has tried three times', () => pausesOf('startContainer').length >= 3);
		const [first, second, third] = pausesOf('startContainer');
		expect(first).to.be.within(1000, 1250);
		expect(second).to.be.within(2000, 2500);
		expect(third).to.be.within(0.8 * PAUSE_MAX_MS, PAUSE_MAX_MS);
		expect(systemLines().filter((line) => line.includes("Failed to start service 'fresh"))).to.have.lengthOf(1);
		expect(log()).to.not.match(new RegExp(`step=recordCommit .*${bad.commit}`));
		const good = await scene.release(services);
		await device.update();
		await device.waitForOnTarget(good.commit);
		await waitForImages({ ...services, extra: images[4] });
	});

	const log = () => scene.device.log().slice(logStart);
	/** The user's log. */
	const systemLines = () =>
		log()
			.split('\n')
			.filter((line) => line.includes('component=system'));

	/** After its first failure since the last target, its second … */
	function pausesOf(step: string): readonly number[] {
		const lines = log().matchAll(/step failed .*step=(\w+) .*failures=(\d+) retryInMs=(\d+)/g);
		const pauses: number[] = [];
		for (const [, kind, failures, ms] of lines) if (kind === step) pauses[Number(failures) - 1] = Number(ms);
		return pauses;
	}

	async function releaseOther(image: string): Promise<void> {
		const { commit } = await scene.release({ extra: image }, { fleet: other });
		await scene.client.updateDevice(await scene.device.uuid(), { supervisorRelease: commit });
	}

	/** These releases differ only in their images, which are tagged with their content. */
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
		return scene.device.log().split(`step failed component=steps step=pullImage subject=${image}`).length - 1;
	}
});

function expectUntouched(after: Container | undefined, before: Container | undefined): void {
	expect(after).to.include({ Id: before?.Id, Name: before?.Name });
	expect(after?.State).to.deep.equal(before?.State);
}
