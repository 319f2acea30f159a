import { expect } from 'chai';
import { CleanUp } from '../../support/clean-up.ts';
import { placeEngineGate, PULLS, type EngineGate } from './engine-gate.ts';
import { placeImageRequestProxy, type ImageRequestProxy } from './image-request-proxy.ts';
import { listImages } from './engine-view.ts';
import { inventImage } from './images.ts';
import { setLockScene, type LockScene } from './lock-scene.ts';

const POLL_INTERVAL_MS = 4000;
/** Between the end of a pause and the request at the engine, on a machine with other things to do. */
const LATE_MS = 1000;
const SERVICES = ['a', 'b', 'c', 'd', 'e'];
const MAX_DELTAS = 3;
/** No server listens there. */
const NO_REGISTRY = '127.0.0.1:1';

describe('a device that downloads', function () {
	this.timeout(60_000);
	let scene: LockScene;
	let observer: ImageRequestProxy;
	const cleanUp = new CleanUp();
	let gate: EngineGate;
	let logStart = 0;

	before(async () => {
		scene = await setLockScene();
		observer = await placeImageRequestProxy(scene.engine);
		cleanUp.add(() => observer.stop());
		cleanUp.add(() => scene.dispose());
		gate = await placeEngineGate({ socketPath: observer.socketPath }, scene.device.folder);
		cleanUp.add(() => gate.stop());
		await useDeltas(false);
		await scene.device.start({ DOCKER_HOST: gate.host });
	});
	after(() => cleanUp.run());
	beforeEach(() => (logStart = scene.device.log().length));
	afterEach(() => gate.letGo()); // of a test that has failed

	/** From the next target on. */
	async function useDeltas(isOn: boolean): Promise<void> {
		const config = {
			RESIN_SUPERVISOR_POLL_INTERVAL: String(POLL_INTERVAL_MS),
			RESIN_SUPERVISOR_DELTA: isOn ? '1' : '0',
			RESIN_SUPERVISOR_DELTA_VERSION: '3',
		};
		await scene.client.updateFleet(scene.fleet.id, { config });
	}

	/** Service `a` with the first image, `b` with the second … */
	const spread = (images: readonly string[]) =>
		Object.fromEntries(SERVICES.map((service, index) => [service, images[index] ?? '']));
	const quiet = () => new Promise((resolve) => setTimeout(resolve, 500));

	it('planner #47: fetches all images of a first release at once, with deltas too', async () => {
		const { device } = scene;
		await useDeltas(true);
		gate.hold(PULLS);
		const { commit } = await scene.release(spread(scene.images));
		await device.update();
		await device.waitFor('all are asked for', () => gate.waiting.length === SERVICES.length);
		gate.letGo();
		await device.waitForOnTarget(commit);
	});

	it('planner #46: fetches no more than three at once of an app that has images, with deltas', async () => {
		const { device, engine } = scene;
		const [, , , , , six] = scene.images;
		// In name only: each is the image that it makes.
		for (const image of scene.images.slice(0, SERVICES.length)) {
			await scene.client.createDelta({ src: six, dest: image, name: image });
		}
		await useDeltas(false);
		await scene.begin(spread(SERVICES.map(() => six)));
		await device.waitFor('no other image is left', async () => (await listImages(engine)).length === 1);
		await useDeltas(true);
		gate.hold(PULLS);
		const commit = await scene.change(spread(scene.images));
		for (let fetched = 0; fetched < SERVICES.length; fetched += 1) {
			const expected = Math.min(MAX_DELTAS, SERVICES.length - fetched);
			await device.waitFor(`${expected} wait`, () => gate.waiting.length >= expected);
			await quiet();
			expect(gate.waiting).to.have.lengthOf(expected);
			gate.letFirstGo();
		}
		gate.letGo();
		await device.waitForOnTarget(commit);
	});

	it('planner #48: retries a failed download with growing pauses, and at once with a new target', async () => {
		const { device, images } = scene;
		await useDeltas(false);
		await scene.begin({ a: images[0], b: images[1] });
		const lost = `${NO_REGISTRY}/v2/lost@sha256:${'0'.repeat(64)}`;
		// A poll may bring the target just before the device is notified, which then retries at once what has just failed.
		const attempts = (since: number) => {
			const all = observer.pulls.filter(({ image, at }) => image === lost && at >= since).map(({ at }) => at);
			return all[1] !== undefined && all[1] - (all[0] ?? 0) < 500 ? all.slice(1) : all;
		};
		const pauses = (since: number) => {
			const all = attempts(since);
			return all.slice(1).map((at, n) => at - (all[n] ?? 0));
		};
		await scene.change({ a: images[0], b: lost });
		await device.waitFor('it has tried four times', () => attempts(0).length === 4);
		const [first = 0, second = 0, third = 0] = pauses(0);
		expect(first).to.be.within(1000, 1250 + LATE_MS);
		expect(second).to.be.within(2000, 2500 + LATE_MS);
		expect(third).to.be.within(0.8 * POLL_INTERVAL_MS, POLL_INTERVAL_MS + LATE_MS);
		expect(log()).to.match(
			new RegExp(`Failed to download image '${lost}' due to '.*connection refused.*component=system`),
		);
		expect(await flags()).to.include({ update_failed: true, update_pending: true });
		expect(scene.story.lines()).to.deep.equal([]);

		const changedAt = performance.now();
		await scene.change({ a: images[2], b: lost }); // before the pause is over
		await device.waitFor('it has tried twice more', () => attempts(changedAt).length === 2);
		expect((attempts(changedAt)[0] ?? 0) - changedAt).to.be.lessThan(2000);
		expect(pauses(changedAt)[0]).to.be.within(1000, 1250 + LATE_MS);
		const commit = await scene.change({ a: images[2], b: images[3] });
		await device.waitForOnTarget(commit);
		expect(await flags()).to.include({ update_failed: false, update_pending: false });
	});

	it('planner #49: breaks off a download that a new target does not need, and calls it no failure', async () => {
		const { device, images, story } = scene;
		await useDeltas(false);
		await scene.begin({ a: images[0] });
		gate.hold(/\/images\/create\?.*nowhere/);
		await scene.change({ a: inventImage(scene.engine) });
		await device.waitFor('the download has begun', () => gate.waiting.length === 1);
		const commit = await scene.change({ a: images[1] });
		await device.waitForOnTarget(commit);
		expect(gate.waiting).to.deep.equal([]); // the closed connection ends the download in the engine
		expect(story.has('start a@3')).to.equal(true);
		expect(log()).to.not.match(/Failed to download|step failed/);
		expect(await flags()).to.include({ update_failed: false });
	});

	const log = () => scene.device.log().slice(logStart);

	/** Of the device, as the first version of the API has them. */
	async function flags(): Promise<unknown> {
		const answer = await scene.device.call('GET', '/v1/device', await scene.device.apiKey());
		return JSON.parse(answer?.body ?? '');
	}
});
