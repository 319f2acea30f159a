import { randomUUID } from 'node:crypto';
import { statSync } from 'node:fs';
import { expect } from 'chai';
import { killForGood } from './dead-container.ts';
import { containersByService, listContainers, listNetworks, listVolumes, readTraces } from './engine-view.ts';
import { LOCK_NAMES } from './lock-directories.ts';
import { setLockScene, type LockScene } from './lock-scene.ts';

const RETRY_MAX_MS = 4000;
const SUPERVISOR_UID = 65_534;
const SUPERVISOR_API = { labels: { 'io.balena.features.supervisor-api': '1' } };
const KILL_FIRST = { labels: { 'io.balena.update.strategy': 'kill-then-download' } };
const HAND_OVER = {
	labels: { 'io.balena.update.strategy': 'hand-over', 'io.balena.update.handover-timeout': '500' },
};

describe('a device whose services say "not now"', function () {
	this.timeout(60_000);
	let scene: LockScene;
	let reason: (service: string) => string;
	let logStart = 0;

	before(async () => {
		scene = await setLockScene();
		const config = { RESIN_SUPERVISOR_POLL_INTERVAL: String(RETRY_MAX_MS) };
		await scene.client.updateFleet(scene.fleet.id, { config });
		reason = (service) => `Lockfile exists for { appId: ${scene.fleet.id}, service: ${service} }`;
		await scene.device.start({ LOG_LEVEL: 'debug' });
	});
	after(() => scene.dispose());
	beforeEach(() => (logStart = scene.device.log().length));
	afterEach(() => scene.locks.clear()); // of a test that has failed

	/** In the log, since the test began. */
	const waitForSaid = (text: string) =>
		scene.device.waitFor(`it says "${text}"`, () => scene.device.log().slice(logStart).includes(text));
	const waitForLocked = (service: string) =>
		waitForSaid(`Updates are locked, retrying in 1s. Reason: ${reason(service)}`);
	const waitForLine = (line: string) => scene.device.waitFor(line, () => scene.story.has(line));

	/** Services a and b of release 1, and release 2 in which a has another image. */
	async function changeUnderLock(): Promise<string> {
		const [one, two, three] = scene.images;
		await scene.begin({ a: one, b: three });
		scene.locks.lockAsUser('b');
		const commit = await scene.change({ a: two, b: three });
		await waitForLocked('b');
		return commit;
	}

	it('planner #7, #64: fetches, touches no container, tries again with ever longer pauses, and stays healthy', async () => {
		const { device, story, locks } = scene;
		const commit = await changeUnderLock();
		for (const pause of ['2s', '4s']) {
			await waitForSaid(`Updates are locked, retrying in ${pause}. Reason: ${reason('b')}`);
		}
		expect(story.lines()).to.deep.equal(['pull two']);
		expect(locks.ownerOf('b')).to.equal(0);
		expect(LOCK_NAMES.map((name) => locks.exists('a', name))).to.deep.equal([false, false]);
		const retries = () => device.log().slice(logStart).split('retrying in 4s').length - 1;
		const before = retries();
		await device.waitFor('the pauses grow no longer than that', () => retries() > before + 1);
		expect((await device.call('GET', '/v1/healthy'))?.status).to.equal(200); // three poll intervals later, and more
		locks.remove('b', 'updates.lock');
		await device.waitForOnTarget(commit);
		expect(story.containers()).to.have.members(['die a@1', 'destroy a@1', 'rename b@2', 'create a@2', 'start a@2']);
	});

	it('planner #8: a forced update removes the lock and continues', async () => {
		const { device, story, locks } = scene;
		const commit = await changeUnderLock();
		expect(story.containers()).to.deep.equal([]);
		await scene.forceUpdate();
		await device.waitForOnTarget(commit);
		expect(story.has('start a@2')).to.equal(true);
		expect(LOCK_NAMES.map((name) => locks.exists('b', name))).to.deep.equal([false, false]);
		// It was for this update only.
		locks.lockAsUser('b');
		const next = await scene.change({ a: scene.images[0], b: scene.images[2] });
		await device.waitFor('it is locked again', () => device.log().slice(logStart).split(reason('b')).length > 4);
		expect(locks.ownerOf('b')).to.equal(0);
		locks.remove('b', 'updates.lock');
		await device.update();
		await device.waitForOnTarget(next);
	});

	it('planner #9: removes the lock with the lock override in the target', async () => {
		const { device, client, locks, story } = scene;
		const commit = await changeUnderLock();
		expect(story.containers()).to.deep.equal([]);
		const uuid = await device.uuid();
		await client.updateDevice(uuid, { config: { SUPERVISOR_OVERRIDE_LOCK: '1' } });
		await device.update();
		await device.waitForOnTarget(commit);
		expect(story.has('start a@2')).to.equal(true);
		expect(locks.exists('b', 'updates.lock')).to.equal(false);
		await client.updateDevice(uuid, { config: { SUPERVISOR_OVERRIDE_LOCK: null } });
		await device.update();
		await device.waitForOnTarget(commit);
	});

	it('planner #18: a hand-over waits for the lock of its service', async () => {
		const { device, story, locks } = scene;
		const [one, two] = scene.images;
		await scene.begin({ a: one });
		locks.lockAsUser('a', 'resin-updates.lock');
		const commit = await scene.change({ a: two }, { compositions: { a: HAND_OVER } });
		await waitForLocked('a');
		expect(story.lines()).to.deep.equal(['pull two']);
		locks.remove('a', 'resin-updates.lock');
		await device.update();
		await device.waitForOnTarget(commit);
		expect(story.containers()).to.include('rename old a@1');
	});

	it('waits for a lock that a container has taken, and continues when the container releases it', async () => {
		const { device, engine, story, locks } = scene;
		const [one, two] = scene.images;
		await scene.begin({ a: one });
		const { a: before } = await containersByService(engine);
		const inside = (script: string) => engine.docker('exec', before?.Id ?? '', 'sh', '-c', script);
		await inside('set -C; : >/tmp/balena/updates.lock');
		const commit = await scene.change({ a: two });
		await waitForLocked('a');
		expect(locks.ownerOf('a')).to.equal(0);
		expect(story.containers()).to.deep.equal([]);
		await inside('rm /tmp/resin/updates.lock; mkdir /tmp/resin/updates.lock'); // a folder will do as well
		await device.update();
		await device.update();
		expect(story.containers()).to.deep.equal([]);
		await inside('rmdir /tmp/balena/updates.lock');
		await device.update();
		await device.waitForOnTarget(commit);
		expect(story.containers()).to.deep.equal(['create a@2', 'die a@1', 'start a@2', 'destroy a@1']);
	});

	/** The supervisor has taken the locks of a and b, and waits for the image of a. */
	async function updateThatWaits(): Promise<string> {
		const [one, , three] = scene.images;
		// Of content that the engine has never seen: what it may still know of an image it asks no registry for.
		const two = await scene.engine.pushImage('two', { content: `two ${randomUUID()}` });
		const compositions = { a: KILL_FIRST };
		await scene.begin({ a: one, b: three }, { compositions });
		const commit = await scene.change({ a: scene.registry.hold(two), b: three }, { compositions });
		await waitForLine('destroy a@1');
		await scene.device.waitFor('the download has begun', () => scene.registry.isAskedFor(two));
		return commit;
	}

	it('shows its own locks to containers: both files, of user 65534, in a folder where all may write', async () => {
		const { device, engine, registry } = scene;
		const commit = await updateThatWaits();
		const { b } = await containersByService(engine);
		for (const folder of ['/tmp/balena', '/tmp/resin']) {
			const listing = await engine.docker('exec', b?.Id ?? '', 'ls', '-lan', folder);
			const entries = listing.split('\n').map((line) => line.trim().split(/\s+/));
			expect(entries.find((entry) => entry.at(-1) === '.')?.[0]).to.equal('drwxrwxrwt');
			const files = entries.filter(([mode]) => mode?.startsWith('-') === true);
			expect(files.map((entry) => entry.at(-1))).to.have.members(LOCK_NAMES);
			for (const [, , uid, gid] of files) expect([uid, gid]).to.deep.equal(['65534', '65534']);
		}
		// A program that wants the lock for itself does not get it.
		const taken = await engine.docker(
			'exec',
			b?.Id ?? '',
			'sh',
			'-c',
			'set -C; (: >/tmp/balena/updates.lock) && echo yes || echo no',
		);
		expect(taken.trim().split('\n').at(-1)).to.equal('no');
		registry.letGo(scene.images[1]);
		await device.waitForOnTarget(commit);
		expect(scene.locks.held()).to.deep.equal([]);
	});

	it('planner #51: uses the locks from before a restart, and releases them at the end', async () => {
		const { device, registry, locks, story } = scene;
		const commit = await updateThatWaits();
		expect(await device.kill('SIGKILL')).to.equal(137);
		expect(locks.held()).to.deep.equal(['a', 'b']);
		const before = inodes();
		await device.start();
		await device.waitForLog('Downloading image');
		expect(locks.held()).to.deep.equal(['a', 'b']);
		expect(inodes()).to.deep.equal(before);
		registry.letGo(scene.images[1]);
		await device.waitForOnTarget(commit);
		expect(locks.held()).to.deep.equal([]);
		expect(device.logSinceStart()).to.not.include('Taking update locks');
		expect(story.containers()).to.have.members(['die a@1', 'destroy a@1', 'rename b@2', 'create a@2', 'start a@2']);

		function inodes(): readonly number[] {
			return ['a', 'b'].flatMap((service) => LOCK_NAMES.map((name) => statSync(locks.pathOf(service, name)).ino));
		}
	});

	it('completes partial locks that a crash left', async () => {
		const { device, locks, story } = scene;
		const [one, two, three] = scene.images;
		await scene.begin({ a: one, b: three });
		await device.kill('SIGKILL');
		locks.leaveBehind('a', 'updates.lock');
		const { commit } = await scene.release({ a: two, b: three });
		story.continueWith(commit);
		await device.start();
		await device.waitForOnTarget(commit);
		expect(story.has('start a@2')).to.equal(true);
		expect(LOCK_NAMES.map((name) => locks.exists('a', name))).to.deep.equal([false, false]);
	});

	it('planner #52: removes locks that were left behind for nothing, and no others', async () => {
		const { device, engine, locks } = scene;
		const [one, two] = scene.images;
		await scene.begin({ a: one, b: two });
		const traces = await readTraces(engine);
		await device.kill('SIGKILL');
		for (const name of LOCK_NAMES) locks.leaveBehind('a', name);
		locks.leaveBehind('b', 'resin-updates.lock');
		locks.lockAsUser('b');
		expect(locks.ownerOf('a')).to.equal(SUPERVISOR_UID);
		await device.start();
		await device.waitFor('its own are gone', () => !LOCK_NAMES.some((name) => locks.exists('a', name)));
		expect(locks.exists('b', 'resin-updates.lock')).to.equal(false);
		expect(locks.ownerOf('b')).to.equal(0);
		expect(await readTraces(engine)).to.deep.equal(traces);
		locks.remove('b', 'updates.lock');
	});

	it('planner #53: without the network of its API it kills the users of it, locks or not, and starts them after', async () => {
		const { device, engine, locks, story } = scene;
		const [one, two] = scene.images;
		await scene.begin({ p: one, q: two }, { compositions: { q: SUPERVISOR_API } });
		const { p, q } = await containersByService(engine);
		locks.lockAsUser('p');
		device.signal('SIGSTOP'); // or it would be faster than we are
		await engine.docker('stop', q?.Id ?? '');
		await engine.docker('network', 'rm', 'supervisor0'); // the engine allows it while no user of it runs
		device.signal('SIGCONT');
		await waitForLine('create network supervisor0');
		expect(story.containers()).to.deep.equal(['die q@1', 'destroy q@1']);
		expect(locks.held()).to.deep.equal([]);
		await waitForLocked('p');
		locks.remove('p', 'updates.lock');
		await waitForLine('start q@1');
		await device.waitFor('the locks are free', () => locks.held().length === 0);
		const after = await containersByService(engine);
		expect(after['p']?.State).to.deep.equal(p?.State);
		expect(Object.keys(after['q']?.NetworkSettings.Networks ?? {})).to.include('supervisor0');
	});

	it('recreates, under locks, a service that uses the API and was disconnected from the network', async () => {
		const { device, engine, locks, story } = scene;
		const [one, two] = scene.images;
		await scene.begin({ p: one, q: two }, { compositions: { q: SUPERVISOR_API } });
		const { p, q } = await containersByService(engine);
		device.signal('SIGSTOP');
		await engine.docker('network', 'disconnect', '--force', 'supervisor0', q?.Id ?? '');
		await engine.docker('network', 'rm', 'supervisor0');
		device.signal('SIGCONT');
		await waitForLine('start q@1');
		await device.waitFor('the locks are free', () => locks.held().length === 0);
		expect(story.lines()).to.include('create network supervisor0');
		expect(story.containers()).to.deep.equal(['die q@1', 'destroy q@1', 'create q@1', 'start q@1']);
		const after = await containersByService(engine);
		expect(after['p']?.State).to.deep.equal(p?.State);
		expect(Object.keys(after['q']?.NetworkSettings.Networks ?? {})).to.include('supervisor0');
	});

	it('planner #40: removes a dead container also without locks, and recreates it under locks', async () => {
		const { device, engine, locks, story } = scene;
		const [one, two] = scene.images;
		await scene.begin({ a: one, b: two });
		const { a, b } = await containersByService(engine);
		device.signal('SIGSTOP'); // or it would be faster than we are
		await killForGood(engine, a?.Id ?? '');
		expect((await containersByService(engine))['a']?.State.Status).to.equal('dead');
		locks.lockAsUser('b');
		device.signal('SIGCONT');
		await waitForLocked('b');
		expect(story.containers()).to.deep.equal(['die a@1', 'destroy a@1']);
		locks.remove('b', 'updates.lock');
		await waitForLine('start a@1');
		await device.waitFor('the locks are free', () => locks.held().length === 0);
		expect(story.containers()).to.deep.equal(['die a@1', 'destroy a@1', 'create a@1', 'start a@1']);
		expect((await containersByService(engine))['b']?.State).to.deep.equal(b?.State);
	});

	it('planner #27: an app that leaves waits for the locks of its services, then is removed with its networks and volumes', async () => {
		const { device, engine, client, locks, story } = scene;
		const [one, two] = scene.images;
		const volumes = { compositions: { a: { volumes: ['v:/v'] } }, volumes: { v: {} } };
		await scene.begin({ a: one, b: two }, volumes);
		const traces = await readTraces(engine);
		locks.lockAsUser('b');
		const uuid = await device.uuid();
		await client.setTarget(uuid, { [uuid]: { name: 'empty', config: {}, apps: {} } });
		await device.update();
		await waitForLocked('b');
		expect(await readTraces(engine)).to.deep.equal(traces);
		expect(await listVolumes(engine)).to.have.lengthOf(1);
		locks.remove('b', 'updates.lock');
		await device.update();
		await device.waitFor('all is gone', async () => {
			const left = [listContainers, listNetworks, listVolumes].map((list) => list(engine));
			return (await Promise.all(left)).every((list) => list.length === 0);
		});
		await device.waitFor('the locks are free', () => locks.held().length === 0);
		await device.waitFor('the images are gone', () => story.has('delete one') && story.has('delete two'));
		await client.setTarget(uuid, null);
	});
});
