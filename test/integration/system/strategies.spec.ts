import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import { containersByService, listContainers, serviceOf } from './engine-view.ts';
import { setLockScene, type LockScene } from './lock-scene.ts';
import { copyContainer } from './copy-container.ts';

type Composition = Readonly<Record<string, unknown>>;

const HAND_OVER_MS = 2500;
/** The supervisor looks each 100 ms, and the engine takes a while to end a container. */
const LATE_MS = 1500;
const COMPLETE = 'handover-complete';

const by = (strategy: string, composition: Composition = {}): Composition => ({
	...composition,
	labels: { 'io.balena.update.strategy': strategy, 'io.balena.update.handover-timeout': String(HAND_OVER_MS) },
});
const handOver = (composition?: Composition) => by('hand-over', composition);
const IN_N = { networks: ['n'] };

describe('a device that updates by strategy', function () {
	this.timeout(60_000);
	let scene: LockScene;

	before(async () => {
		scene = await setLockScene();
		await scene.device.start();
	});
	after(() => scene.dispose());

	/** Of content that the engine has never seen: what it may still know of an image it asks no registry for. */
	const fresh = (name: string) => scene.engine.pushImage(name, { content: `${name} ${randomUUID()}` });

	/** The download of it has begun; it waits, and what may happen meanwhile has. */
	const waitForHeld = async (image: string, ...lines: readonly string[]) => {
		const { device, registry, story } = scene;
		await device.waitFor(`${image} is asked for`, () => registry.isAskedFor(image));
		for (const line of lines) await device.waitFor(line, () => story.has(line));
		await settleDown();
	};
	/** Long enough for a pass with a wrong step. */
	const settleDown = async () => {
		const count = scene.story.lines().length;
		await scene.device.update();
		await scene.device.waitFor('it has looked again', async () => (await scene.device.status()) !== undefined);
		await new Promise((resolve) => setTimeout(resolve, 300));
		expect(scene.story.lines().slice(count)).to.deep.equal([]);
	};
	const waitForLine = (line: string) => scene.device.waitFor(line, () => scene.story.has(line));
	/** Rows of the image records. */
	const imageIds = async () => {
		const answer = await scene.device.call('GET', '/v2/state/status', await scene.device.apiKey());
		const { images } = JSON.parse(answer?.body ?? '') as { readonly images: readonly { readonly imageId: number }[] };
		return images.map(({ imageId }) => imageId);
	};

	it('planner #5: keeps the old container, without locks, until the new image is here', async () => {
		const [one] = scene.images;
		const two = await fresh('two');
		await scene.begin({ a: one });
		const commit = await scene.change({ a: scene.registry.hold(two) });
		await waitForHeld(two);
		expect(scene.story.lines()).to.deep.equal([]);
		expect(scene.locks.held()).to.deep.equal([]);
		scene.registry.letGo(two);
		await scene.device.waitForOnTarget(commit);
		expectStory('pull two', 'create a@2', 'die a@1', 'start a@2', 'destroy a@1', 'untag one', 'delete one');
		expectNoneLeft();
	});

	it('planner #6: keeps all old containers until the last image of the release is here', async () => {
		const [one, two, three] = scene.images;
		const four = await fresh('four');
		await scene.begin({ a: one, b: three });
		const commit = await scene.change({ a: two, b: scene.registry.hold(four) });
		await waitForHeld(four, 'pull two');
		expect(scene.story.lines()).to.deep.equal(['pull two']);
		expect(scene.locks.held()).to.deep.equal([]);
		scene.registry.letGo(four);
		await scene.device.waitForOnTarget(commit);
		expectOrder('pull four', 'create a@2', 'die a@1', 'start a@2', 'destroy a@1', 'untag one');
		expectOrder('pull four', 'create b@2', 'die b@1', 'start b@2', 'destroy b@1', 'untag three');
	});

	it('planner #10: a release of the same content renames the container, and the image stays where it is', async () => {
		const { device, engine } = scene;
		const [one] = scene.images;
		await scene.begin({ a: one });
		const logStart = device.log().length;
		const { a: before } = await containersByService(engine);
		const commit = await scene.change({ a: one });
		await device.waitForOnTarget(commit);
		expectStory('rename a@2');
		const { a: after } = await containersByService(engine);
		expect(after).to.deep.include({ Id: before?.Id, State: before?.State });
		expect(after?.Name)
			.to.match(new RegExp(`^/a_\\d+_\\d+_${commit}$`))
			.and.to.not.equal(before?.Name);
		// The row of the old release goes, and with it no name of the image.
		const log = () => device.log().slice(logStart);
		const steps = () => [...log().matchAll(/step done .*step=(\w+)/g)].map(([, step]) => step);
		await device.waitFor('the old row is gone', () => steps().includes('forgetImage'));
		expect(await imageIds()).to.have.lengthOf(1);
		expect(after?.Name).to.match(new RegExp(`^/a_${(await imageIds())[0]}_`));
		expectStory('rename a@2');
		// The new row needs no locks, and nothing waits for it but the end.
		expect(steps().slice(0, 3)).to.have.members(['recordImage', 'takeLock', 'renameContainer']);
		const inOrder = ['takeLock', 'renameContainer', 'recordCommit', 'releaseLock', 'forgetImage'];
		expect(steps().filter((step) => step !== 'recordImage')).to.deep.equal(inOrder);
		expectNoneLeft();
	});

	it('planner #11: renames when all images are here, and at once with kill-then-download', async () => {
		const [one, two, three] = scene.images;
		const four = await fresh('four');
		const compositions = { k: by('kill-then-download') };
		await scene.begin({ a: one, k: two, c: three }, { compositions });
		const commit = await scene.change({ a: one, k: two, c: scene.registry.hold(four) }, { compositions });
		await waitForHeld(four, 'rename k@2');
		expectStory('rename k@2');
		scene.registry.letGo(four);
		await scene.device.waitForOnTarget(commit);
		expectOrder('rename k@2', 'pull four', 'rename a@2');
		expectOrder('pull four', 'die c@1', 'start c@2');
		expect(scene.story.containers().filter((line) => /^(die|destroy|create|start) [ak]@/.test(line))).to.deep.equal([]);
		expectNoneLeft();
	});

	it('planner #15: pulls new images of a release at once, and stops nothing for it', async () => {
		const [one, two] = scene.images;
		const three = await fresh('three');
		await scene.begin({ a: one });
		const compositions = { fresh: by('kill-then-download') };
		const commit = await scene.change({ a: scene.registry.hold(three), fresh: two }, { compositions });
		await waitForHeld(three, 'pull two');
		expectStory('pull two');
		scene.registry.letGo(three);
		await scene.device.waitForOnTarget(commit);
		expectOrder('pull three', 'start fresh@2');
		expectOrder('pull three', 'die a@1', 'start a@2');
	});

	it('planner #12: with kill-then-download the old container is removed before the new image is pulled', async () => {
		const [one] = scene.images;
		const two = await fresh('two');
		const compositions = { a: by('kill-then-download') };
		await scene.begin({ a: one }, { compositions });
		const commit = await scene.change({ a: scene.registry.hold(two) }, { compositions });
		await waitForHeld(two);
		expectStory('die a@1', 'destroy a@1');
		expect(scene.locks.held()).to.deep.equal(['a']);
		scene.registry.letGo(two);
		await scene.device.waitForOnTarget(commit);
		expectStory('die a@1', 'destroy a@1', 'pull two', 'create a@2', 'start a@2', 'untag one', 'delete one');
		expectNoneLeft();
	});

	it('planner #13: with delete-then-download the old image is removed too, before the new one is pulled', async () => {
		const [one] = scene.images;
		const two = await fresh('two');
		const compositions = { a: by('delete-then-download') };
		await scene.begin({ a: one }, { compositions });
		const commit = await scene.change({ a: scene.registry.hold(two) }, { compositions });
		await waitForHeld(two);
		expectStory('die a@1', 'destroy a@1', 'untag one', 'delete one');
		expect(scene.locks.held()).to.deep.equal(['a']);
		scene.registry.letGo(two);
		await scene.device.waitForOnTarget(commit);
		expectStory('die a@1', 'destroy a@1', 'untag one', 'delete one', 'pull two', 'create a@2', 'start a@2');
	});

	it('planner #14: kills one service at once, and the other when all images are here', async () => {
		const [one, two, three] = scene.images;
		const four = await fresh('four');
		const compositions = { a: by('kill-then-download') };
		await scene.begin({ a: one, b: three }, { compositions });
		const commit = await scene.change({ a: two, b: scene.registry.hold(four) }, { compositions });
		await waitForHeld(four, 'pull two');
		expectStory('die a@1', 'destroy a@1', 'pull two');
		expect(scene.locks.held()).to.deep.equal(['a', 'b']);
		scene.registry.letGo(four);
		await scene.device.waitForOnTarget(commit);
		expectOrder('pull four', 'create b@2', 'die b@1', 'start b@2', 'destroy b@1');
		expectOrder('pull four', 'create a@2', 'start a@2');
	});

	it('planner #16: a hand-over ends at its time-out, without a gap', async () => {
		const [one, two] = scene.images;
		const compositions = { a: handOver({ restart: 'always' }) };
		await scene.begin({ a: one }, { compositions });
		const commit = await scene.change({ a: two }, { compositions });
		await waitForLine('start a@2');
		expect(scene.locks.held()).to.deep.equal(['a']);
		const both = await listContainers(scene.engine);
		const [old] = both.filter(({ Name }) => Name.startsWith('/old_a_'));
		expect(both.map(({ State }) => State.Status)).to.deep.equal(['running', 'running']);
		expect(old?.HostConfig.RestartPolicy.Name).to.be.oneOf(['', 'no']);
		await scene.device.waitForOnTarget(commit);
		expectContainers(
			...['update a@1', 'rename old a@1', 'create a@2', 'start a@2'],
			...['die old a@1', 'destroy old a@1'],
		);
		expectGapOf('start a@2', 'die old a@1', HAND_OVER_MS);
		expectNoneLeft();
	});

	it('planner #17: a hand-over ends when the new container reports it, and the file is removed', async () => {
		const [one, two] = scene.images;
		const command = ['sh', '-c', `sleep 1; echo yes >/tmp/balena/${COMPLETE}; exec sleep 86400`];
		const labels = { 'io.balena.update.strategy': 'hand-over' }; // takes a minute by default
		await scene.begin({ a: one });
		const commit = await scene.change({ a: two }, { compositions: { a: { command, labels } } });
		await waitForLine('die old a@1');
		await scene.device.waitForOnTarget(commit);
		expectGapOf('start a@2', 'die old a@1', 1000);
		expect(scene.locks.exists('a', COMPLETE)).to.equal(false);
		expect(scene.device.logSinceStart()).to.include('hand-over complete');
	});

	it('planner #19: completes an interrupted hand-over', async () => {
		const [one, two] = scene.images;
		const compositions = { a: handOver() };
		await scene.begin({ a: one }, { compositions });
		const commit = await scene.change({ a: two }, { compositions });
		await waitForLine('start a@2');
		const successor = (await listContainers(scene.engine)).find(({ Name }) => Name.startsWith('/a_'));
		await scene.device.kill('SIGKILL');
		expect(scene.locks.held()).to.deep.equal(['a']);
		await scene.device.start();
		await scene.device.waitForOnTarget(commit);
		const [left, ...others] = await listContainers(scene.engine);
		expect(others).to.deep.equal([]);
		expect(left?.State.StartedAt).to.equal(successor?.State.StartedAt);
		expectContainers(
			...['update a@1', 'rename old a@1', 'create a@2', 'start a@2'],
			...['die old a@1', 'destroy old a@1'],
		);
		expectNoneLeft();
		await settleDown();
	});

	it('planner #20: kills instead of handing over when the network of the service changes', async () => {
		const [one, two] = scene.images;
		const compositions = { a: handOver(IN_N) };
		await scene.begin({ a: one }, { compositions, networks: { n: {} } });
		const commit = await scene.change({ a: two }, { compositions, networks: { n: { internal: true } } });
		await scene.device.waitForOnTarget(commit);
		expectOrder(
			...['pull two', 'die a@1', 'destroy a@1', 'destroy network n', 'create network n'],
			...['create a@2', 'start a@2'],
		);
		expect(scene.story.lines().filter((line) => /old|rename/.test(line))).to.deep.equal([]);
	});

	it('planner #21: kills a service with hand-over that leaves the release', async () => {
		const [one, two] = scene.images;
		await scene.begin({ a: one, b: two }, { compositions: { a: handOver() } });
		const commit = await scene.change({ b: two });
		await scene.device.waitForOnTarget(commit);
		expectOrder('die a@1', 'destroy a@1', 'untag one');
		expectContainersInAnyOrder('die a@1', 'destroy a@1', 'rename b@2');
	});

	it('planner #22: gives a host port to the next service when its old owner is gone', async () => {
		const [one, two] = scene.images;
		const compositions = { x: { ports: ['18081:80'] }, y: { ports: ['18081:80'] } };
		await scene.begin({ x: one }, { compositions });
		const commit = await scene.change({ y: two }, { compositions });
		await scene.device.waitForOnTarget(commit);
		expectOrder('pull two', 'die x@1', 'destroy x@1', 'start y@2');
		expect(scene.device.logSinceStart()).to.not.match(/port is already allocated|Failed to start service/);
	});

	it('planner #23: removes a network that is dropped when its user is gone', async () => {
		const [one] = scene.images;
		await scene.begin({ a: one }, { compositions: { a: IN_N }, networks: { n: {} } });
		const commit = await scene.change({ a: one });
		await scene.device.waitForOnTarget(commit);
		expectContainers('create a@2', 'die a@1', 'start a@2', 'destroy a@1');
		expectOrder('destroy a@1', 'destroy network n');
	});

	it('planner #24: replaces a network, when all images are here, with all of its users', async () => {
		const [one, two] = scene.images;
		const three = await fresh('three');
		const compositions = { a: IN_N, b: IN_N };
		await scene.begin({ a: one, b: two }, { compositions, networks: { n: {} } });
		const labelled = { compositions, networks: { n: { labels: { shade: 'blue' } } } };
		const commit = await scene.change({ a: one, b: scene.registry.hold(three) }, labelled);
		await waitForHeld(three);
		expect(scene.story.lines()).to.deep.equal([]);
		scene.registry.letGo(three);
		await scene.device.waitForOnTarget(commit);
		for (const service of ['a', 'b']) {
			expectOrder(
				...['pull three', `die ${service}@1`, `destroy ${service}@1`, 'destroy network n', 'create network n'],
				...[`create ${service}@2`, `start ${service}@2`],
			);
		}
	});

	it('planner #41: of two equal containers of a service the newest stays', async () => {
		const { device, engine, story } = scene;
		const [one, two] = scene.images;
		await scene.begin({ a: one, b: two });
		const before = await containersByService(engine);
		device.signal('SIGSTOP'); // or it would be gone before it runs
		const copy = await copyContainer(engine, before['a']?.Id ?? '', 'a_99_99_abcdef');
		device.signal('SIGCONT');
		await device.waitFor('one of them is gone', () => story.has('destroy a@1'));
		await device.waitFor('the other has its name', () => story.lines().at(-1)?.startsWith('rename') === true);
		const containers = await listContainers(engine);
		expect(containers.map(serviceOf)).to.have.members(['a', 'b']);
		const left = containers.find((container) => serviceOf(container) === 'a');
		expect(left).to.deep.include({ Id: copy, Name: before['a']?.Name });
		expect(containers.find((container) => serviceOf(container) === 'b')?.State).to.deep.equal(before['b']?.State);
		await device.waitFor('the locks are free again', () => scene.locks.held().length === 0);
		await settleDown();
	});

	/** All events, in this order. */
	function expectStory(...lines: readonly string[]): void {
		expect(scene.story.lines()).to.deep.equal(lines);
	}

	function expectContainers(...lines: readonly string[]): void {
		expect(scene.story.containers()).to.deep.equal(lines);
	}

	function expectContainersInAnyOrder(...lines: readonly string[]): void {
		expect(scene.story.containers()).to.have.members(lines);
	}

	/** Each once, in this order, with any events between them. */
	function expectOrder(...lines: readonly string[]): void {
		expect(scene.story.lines().filter((line) => lines.includes(line))).to.deep.equal(lines);
	}

	function expectGapOf(first: string, second: string, ms: number): void {
		expect(scene.story.msBetween(first, second), `from ${first} to ${second}`).to.be.within(ms - 100, ms + LATE_MS);
	}

	function expectNoneLeft(): void {
		expect(scene.locks.held()).to.deep.equal([]);
		expect(scene.locks.ownerOf('a')).to.equal(undefined);
	}
});
