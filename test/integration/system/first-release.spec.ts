import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import { CleanUp } from '../../support/clean-up.ts';
import { placeEngineGate, STARTS, type EngineGate } from './engine-gate.ts';
import { containersByService, listContainers, listNetworks, listVolumes } from './engine-view.ts';
import { setLockScene, type LockScene } from './lock-scene.ts';
import type { ReleaseOptions } from './scene.ts';

/** Long enough for a wrong step to happen. */
const QUIET_MS = 300;

describe('a device that gets its first release', function () {
	this.timeout(60_000);
	let scene: LockScene;
	const cleanUp = new CleanUp();
	let gate: EngineGate;
	let logStart = 0;

	before(async () => {
		scene = await setLockScene();
		cleanUp.add(() => scene.dispose());
		gate = await placeEngineGate(scene.engine, scene.device.folder);
		cleanUp.add(() => gate.stop());
		await scene.device.start({ DOCKER_HOST: gate.host });
		await takeAll();
	});
	after(() => cleanUp.run());
	beforeEach(() => (logStart = scene.device.log().length));
	afterEach(async () => {
		gate.letGo(); // of a test that has failed
		await takeAll();
	});

	/** The app leaves, with all that it had. */
	async function takeAll(): Promise<void> {
		const { client, device, engine, locks } = scene;
		const uuid = await device.uuid();
		await client.setTarget(uuid, { [uuid]: { name: 'empty', config: {}, apps: {} } });
		await device.update();
		await device.waitFor('nothing is left of the app', async () => {
			const left = await Promise.all([listContainers, listNetworks, listVolumes].map((list) => list(engine)));
			return left.every((list) => list.length === 0) && locks.held().length === 0;
		});
		await device.waitFor('it is settled', async () => (await device.status())?.appState === 'applied');
	}

	/** The release becomes the target of a device that has none of it. */
	async function begin(images: Readonly<Record<string, string>>, options?: ReleaseOptions): Promise<string> {
		const { commit } = await scene.release(images, options);
		await scene.story.begin(commit);
		await scene.client.setTarget(await scene.device.uuid(), null);
		await scene.device.update();
		return commit;
	}

	const log = () => scene.device.log().slice(logStart);
	const waitForLine = (line: string) => scene.device.waitFor(line, () => scene.story.has(line));
	const passQuietly = async () => {
		await scene.device.update();
		await new Promise((resolve) => setTimeout(resolve, QUIET_MS));
	};

	it('planner #1: pulls images, creates networks and volumes without locks, then containers under locks, and records the commit last', async () => {
		const { device, engine, images, locks, registry, story } = scene;
		const two = await engine.pushImage('two', { content: `two ${randomUUID()}` }); // seen by no engine
		const compositions = { a: { volumes: ['v:/v'] } };
		const commit = await begin({ a: images[0], b: registry.hold(two) }, { compositions, volumes: { v: {} } });
		for (const line of ['pull one', 'create volume v', 'create network default']) await waitForLine(line);
		await device.waitFor('the other image is asked for', () => registry.isAskedFor(two));
		await passQuietly();
		expect(story.lines()).to.have.members(['pull one', 'create volume v', 'create network default']);
		expect(locks.held()).to.deep.equal([]);
		gate.hold(STARTS);
		registry.letGo(two);
		await device.waitFor('both are about to start', () => gate.waiting.length === 2);
		expect(locks.held()).to.deep.equal(['a', 'b']);
		expect(story.containers()).to.have.members(['create a@1', 'create b@1']);
		expect(log()).to.not.include('step=recordCommit');
		gate.letGo();
		await device.waitForOnTarget(commit);
		expect(locks.held()).to.deep.equal([]);
		expectInLog('Taking update locks', "Installing service 'a");
		expectInLog("Started service 'a", 'step=recordCommit', 'Releasing update locks');
		expectInLog("Started service 'b", 'step=recordCommit');
	});

	it('planner #2: starts a service when the one it depends on was started, and not before', async () => {
		const { device, engine, images, story } = scene;
		gate.hold(STARTS);
		// In an order in which the one that has to wait comes first.
		const commit = await begin({ b: images[1], a: images[0] }, { compositions: { b: { depends_on: ['a'] } } });
		await device.waitFor('one is about to start', () => gate.waiting.length > 0);
		await passQuietly();
		const { a } = await containersByService(engine);
		expect(gate.waiting.map((request) => STARTS.exec(request)?.[1])).to.deep.equal([a?.Id]);
		gate.letGo();
		await device.waitForOnTarget(commit);
		expect(story.lines().filter((line) => line.startsWith('start'))).to.deep.equal(['start a@1', 'start b@1']);
	});

	it('planner #3: starts both of two services that depend on each other, and logs it once', async () => {
		const { device, images, story } = scene;
		gate.hold(STARTS);
		const compositions = { a: { depends_on: ['b'] }, b: { depends_on: ['a'] } };
		const commit = await begin({ a: images[0], b: images[1] }, { compositions });
		await device.waitFor('both are about to start', () => gate.waiting.length === 2);
		gate.letGo();
		await device.waitForOnTarget(commit);
		expect(story.containers()).to.include.members(['start a@1', 'start b@1']);
		const logged = systemLines().filter((line) => line.includes('depend on each other: a, b'));
		expect(logged).to.have.lengthOf(1);
	});

	it('planner #4: starts a service that depends on an unknown one', async () => {
		const { device, images, story } = scene;
		const commit = await begin({ a: images[0] }, { compositions: { a: { depends_on: ['z'] } } });
		await device.waitForOnTarget(commit);
		expect(story.containers()).to.deep.equal(['create a@1', 'start a@1']);
	});

	/** Each is there, and in this order. */
	function expectInLog(...texts: readonly string[]): void {
		const places = texts.map((text) => log().indexOf(text));
		expect(places, texts.join(' < ')).to.deep.equal([...places].sort((a, b) => a - b));
		expect(places, texts.join(', ')).to.not.include(-1);
	}

	/** The user's log. */
	function systemLines(): readonly string[] {
		return log()
			.split('\n')
			.filter((line) => line.includes('component=system'));
	}
});
