import { expect } from 'chai';
import Sinon from 'sinon';
import omit from 'lodash/omit.js';
import type { ImageRecord } from '../../src/domain/engine-objects.ts';
import type { TargetApp, TargetDocument } from '../../src/domain/target.ts';
import type { HostUpdateStore } from '../../src/ports/host-updates.ts';
import type { RebootStore } from '../../src/ports/reboot-store.ts';
import type { SupervisorUpdateStore } from '../../src/ports/supervisor-update.ts';
import type { RequestStore } from '../../src/ports/request-store.ts';
import type { CommitStore, ImageStore, KeptVolumeStore, KeyStore, TargetStore } from '../../src/ports/stores.ts';

interface Stores {
	readonly targets: TargetStore;
	readonly images: ImageStore;
	readonly commits: CommitStore;
	readonly keys: KeyStore;
	readonly requests: RequestStore;
	readonly keptVolumes: KeptVolumeStore;
	readonly reboots: RebootStore;
	/** With a clock that stands at 1000. */
	readonly hostUpdates: HostUpdateStore;
	readonly supervisorUpdates: SupervisorUpdateStore;
	/** Of which the target store reads. */
	readonly source: string;
	close(): Promise<void>;
}

/** The contract of every implementation of the stores. */
export function describeStores(name: string, make: () => Promise<Stores>): void {
	describe(`stores: ${name}`, () => {
		let stores: Stores;

		beforeEach(async () => {
			stores = await make();
		});

		afterEach(() => stores.close());

		describeTargets(() => stores);
		describeImages(() => stores);
		describeCommits(() => stores);
		describeKeys(() => stores);
		describeKeysInUse(() => stores);
		describeRequests(() => stores);
		describeKeptVolumes(() => stores);
		describeReboots(() => stores);
		describeHostUpdates(() => stores);
		describeSupervisorUpdates(() => stores);
	});
}

const DIGEST = `sha256:${'1'.repeat(64)}`;

export function targetApp(appId: number, changes: Partial<TargetApp> = {}): TargetApp {
	return {
		appId,
		appUuid: `uuid${appId}`,
		appName: `app ${appId}`,
		class: 'fleet',
		isHost: false,
		rejected: false,
		release: {
			releaseId: appId * 10,
			commit: `commit${appId}`,
			services: {
				main: {
					serviceId: 1,
					imageId: 2,
					image: `registry.example.com/main@${DIGEST}`,
					running: true,
					environment: { A: 'ä"\n' },
					labels: { 'io.balena.features.dbus': '1' },
					contract: { type: 'sw.container', requires: [] },
					composition: { restart: 'always', depends_on: ['other'] },
				},
				other: {
					serviceId: 3,
					imageId: 4,
					image: 'registry.example.com/other:latest',
					running: false,
					environment: {},
					labels: {},
					composition: {},
				},
			},
			networks: { front: { driver: 'bridge' } },
			volumes: { data: {} },
		},
		...changes,
	};
}

/** An app that has no release for this device. */
export function withoutRelease(app: TargetApp): TargetApp {
	return omit(app, 'release');
}

export function targetDocument(apps: readonly TargetApp[], changes: Partial<TargetDocument> = {}): TargetDocument {
	return { name: 'device', config: { SUPERVISOR_DELTA: '1' }, apps, ...changes };
}

function describeTargets(stores: () => Stores): void {
	it('has no target before one was stored', async () => {
		expect(await stores().targets.read()).to.equal(undefined);
	});

	it('gives the target back as it was stored', async () => {
		const app = { ...withoutRelease(targetApp(2)), class: 'app', isHost: true, rejected: true } as const;
		const document = targetDocument([targetApp(1), app]);
		await stores().targets.replace(document, stores().source);
		expect(await stores().targets.read()).to.deep.equal(document);
	});

	it('replaces the whole target', async () => {
		const { targets, source } = stores();
		await targets.replace(targetDocument([targetApp(1), targetApp(2)]), source);
		const next = targetDocument([targetApp(2, { appName: 'renamed' })], { name: 'other', config: {} });
		await targets.replace(next, source);
		expect(await targets.read()).to.deep.equal(next);
	});

	it('gives the same document until the target changes', async () => {
		const { targets, source } = stores();
		await targets.replace(targetDocument([targetApp(1)]), source);
		expect(await targets.read()).to.equal(await targets.read());
	});

	it('calls listeners after each stored target, until they are removed', async () => {
		const { targets, source } = stores();
		const changed = Sinon.stub();
		const leave = targets.onChange(changed);
		await targets.replace(targetDocument([]), source);
		await targets.replace(targetDocument([]), source);
		leave();
		await targets.replace(targetDocument([]), source);
		Sinon.assert.calledTwice(changed);
	});
}

function imageRecord(changes: Partial<ImageRecord> = {}): ImageRecord {
	return {
		name: `registry.example.com/main@${DIGEST}`,
		appId: 1,
		appUuid: 'uuid1',
		serviceId: 1,
		serviceName: 'main',
		imageId: 2,
		releaseId: 10,
		commit: 'commit1',
		...changes,
	};
}

function describeImages(stores: () => Stores): void {
	it('database #25: an image saved twice is one row; for another release it is a second', async () => {
		const { images } = stores();
		await images.save(imageRecord());
		await images.save(imageRecord());
		await images.save(imageRecord({ releaseId: 11, commit: 'commit2' }));
		const rows = (await images.list()).map((row) => omit(row, 'id'));
		expect(rows).to.deep.equal([imageRecord(), imageRecord({ releaseId: 11, commit: 'commit2' })]);
	});

	it('fills in the id of the engine, and keeps it', async () => {
		const { images } = stores();
		await images.save(imageRecord());
		await images.save(imageRecord(), 'sha256:a');
		await images.save(imageRecord());
		expect((await images.list()).map(({ dockerImageId }) => dockerImageId)).to.deep.equal(['sha256:a']);
	});

	it('keeps an image of which neither the app nor the commit is known', async () => {
		const { images } = stores();
		const old: ImageRecord = omit(imageRecord(), 'appUuid', 'commit');
		await images.save(old);
		await images.save(imageRecord());
		expect((await images.list()).map((row) => omit(row, 'id'))).to.deep.equal([old, imageRecord()]);
	});

	it('makes one row of the same image saved by two at once', async () => {
		const { images } = stores();
		await Promise.all([images.save(imageRecord()), images.save(imageRecord()), images.list()]);
		expect(await images.list()).to.have.lengthOf(1);
	});

	it('removes one row, and nothing when it is gone', async () => {
		const { images } = stores();
		await images.save(imageRecord());
		await images.save(imageRecord({ releaseId: 11 }));
		const [first] = await images.list();
		await images.remove(first?.id ?? -1);
		await images.remove(first?.id ?? -1);
		expect((await images.list()).map(({ releaseId }) => releaseId)).to.deep.equal([11]);
	});
}

function describeCommits(stores: () => Stores): void {
	it('knows the last commit of each app', async () => {
		const { commits } = stores();
		expect([...(await commits.list())]).to.deep.equal([]);
		await commits.save(1, 'a');
		await commits.save(2, 'b');
		await commits.save(1, 'c');
		expect([...(await commits.list())].sort()).to.deep.equal([
			[1, 'c'],
			[2, 'b'],
		]);
	});
}

function describeKeys(stores: () => Stores): void {
	it('makes one global key and one per service, and knows their scopes', async () => {
		const { keys } = stores();
		const made = await Promise.all([
			keys.globalKey(),
			keys.globalKey(),
			keys.serviceKey(1, 'main'),
			keys.serviceKey(1, 'main'),
			keys.serviceKey(2, 'main'),
		]);
		const [global, globalAgain, main, mainAgain, other] = made;
		expect([globalAgain, mainAgain]).to.deep.equal([global, main]);
		expect(new Set(made).size).to.equal(3);
		expect(made.filter((key) => !/^[0-9a-f]{32}$/.test(key))).to.deep.equal([]);
		expect(await keys.scopesOf(global)).to.deep.equal([{ type: 'global' }]);
		expect(await keys.scopesOf(main)).to.deep.equal([{ type: 'app', appId: 1 }]);
		expect(await keys.scopesOf(other)).to.deep.equal([{ type: 'app', appId: 2 }]);
		expect(await keys.scopesOf('f'.repeat(32))).to.equal(undefined);
	});
}

function describeKeysInUse(stores: () => Stores): void {
	const inUse = 'e'.repeat(32);

	it('keeps the key that the container of a service has, where there is none in the store (decision D13)', async () => {
		const { keys } = stores();
		expect(await keys.serviceKey(1, 'main', inUse)).to.equal(inUse);
		expect(await keys.scopesOf(inUse)).to.deep.equal([{ type: 'app', appId: 1 }]);
		expect(await keys.serviceKey(1, 'main', 'f'.repeat(32))).to.equal(inUse);
	});

	it('takes no key that another service has, nor one that is none of ours', async () => {
		const { keys } = stores();
		await keys.serviceKey(1, 'main', inUse);
		for (const given of [inUse, await keys.globalKey(), 'secret', '', 'E'.repeat(32)]) {
			expect(await keys.serviceKey(2, `of ${given}`, given))
				.to.match(/^[0-9a-f]{32}$/)
				.and.not.equal(given);
		}
	});
}

function describeRequests(stores: () => Stores): void {
	const restart = { kind: 'restartApp', appId: 1, containers: ['c1'] } as const;
	const stop = { kind: 'stopService', appId: 1, serviceName: 'web', containerId: 'c1' } as const;

	it('keeps requests in the order in which they came, until they end', async () => {
		const { requests } = stores();
		await requests.add({ id: 'r1', body: restart, force: true, asker: 'app:1' }, []);
		await requests.add({ id: 'r2', body: stop, force: false }, []);
		expect(await requests.list()).to.deep.equal([
			{ id: 'r1', body: restart, force: true, asker: 'app:1', state: 'open' },
			{ id: 'r2', body: stop, force: false, state: 'open' },
		]);
		expect(await requests.find('r1')).to.deep.equal({ id: 'r1', body: restart, force: true, asker: 'app:1' });
		const failed = { kind: 'failed', code: 'updates-locked', message: 'no' } as const;
		await requests.close('r1', failed);
		await requests.hold('r2');
		expect(await requests.list()).to.deep.equal([{ id: 'r2', body: stop, force: false, state: 'holding' }]);
		expect((await requests.find('r1'))?.outcome).to.deep.equal(failed);
		expect((await requests.find('r2'))?.outcome).to.deep.equal({ kind: 'done' });
		expect(await requests.find('never')).to.equal(undefined);
	});

	it('closes the requests that a new one supersedes', async () => {
		const { requests } = stores();
		await requests.add({ id: 'r1', body: restart, force: false }, []);
		await requests.add({ id: 'r2', body: { ...restart, containers: ['c2'] }, force: false }, ['r1']);
		expect((await requests.list()).map(({ id }) => id)).to.deep.equal(['r2']);
		expect((await requests.find('r1'))?.outcome).to.deep.equal({ kind: 'superseded' });
	});
}

function describeKeptVolumes(stores: () => Stores): void {
	const volume = (name: string, path = '/data') => ({ name, appId: 1, serviceName: 'web', path });
	const names = async () => (await stores().keptVolumes.list()).map(({ name }) => name);

	it('keeps anonymous volumes, the last stored at the end', async () => {
		const { keptVolumes } = stores();
		expect(await keptVolumes.list()).to.deep.equal([]);
		await keptVolumes.save([volume('v1'), volume('v2', '/more')]);
		await keptVolumes.save([volume('v3')]);
		expect(await keptVolumes.list()).to.deep.equal([volume('v1'), volume('v2', '/more'), volume('v3')]);
		await keptVolumes.save([volume('v1', '/moved')]);
		expect(await names()).to.deep.equal(['v2', 'v3', 'v1']);
	});

	it('forgets an anonymous volume, also one that it does not know', async () => {
		const { keptVolumes } = stores();
		await keptVolumes.save([volume('v1'), volume('v2')]);
		await keptVolumes.forget('v1');
		await keptVolumes.forget('v1');
		expect(await names()).to.deep.equal(['v2']);
	});
}

function describeReboots(get: () => Stores): void {
	describe('reboots', () => {
		const file = { scope: 'target 1', what: 'HOST_CONFIG_gpu_mem=64 (config.txt)' };
		const other = { scope: 'target 2', what: file.what };

		it('are counted by cause, and once for each mark', async () => {
			const { reboots } = get();
			expect(await reboots.list()).to.deep.equal([]);
			await reboots.count([file], 'mark 1');
			await reboots.count([file], 'mark 1');
			await reboots.count([file, other], 'mark 2');
			expect(await reboots.list()).to.deep.equal([
				{ ...file, reboots: 2, isGivenUp: false },
				{ ...other, reboots: 1, isGivenUp: false },
			]);
			await reboots.count([], 'mark 3');
			expect(await reboots.list()).to.have.length(2);
		});

		it('are given up and forgotten, each cause for itself', async () => {
			const { reboots } = get();
			await reboots.count([file, other], 'mark 1');
			await reboots.giveUp(other);
			expect((await reboots.list()).map(({ isGivenUp }) => isGivenUp)).to.deep.equal([false, true]);
			await reboots.forget([other, { scope: 'none', what: '' }]);
			expect(await reboots.list()).to.deep.equal([{ ...file, reboots: 1, isGivenUp: false }]);
			await reboots.count([other], 'mark 1');
			expect((await reboots.list()).at(-1)).to.deep.equal({ ...other, reboots: 1, isGivenUp: false });
		});
	});
}

function describeHostUpdates(get: () => Stores): void {
	describe('updates of the host OS', () => {
		const release = {
			...{ appId: 3, appUuid: 'a', commit: 'c1', serviceName: 'hostapp' },
			...{ image: 'os@sha256:1', updater: 'updater@sha256:2', build: 'b1' },
		};
		const other = { ...release, commit: 'c2' };

		it('are counted for each release, with the last failure', async () => {
			const { hostUpdates } = get();
			expect(await hostUpdates.list()).to.deep.equal([]);
			await hostUpdates.fail(release, 'unknown');
			await hostUpdates.begin(release, 1);
			await hostUpdates.fail(release, 'exit code 3');
			await hostUpdates.begin(other, 1);
			expect(await hostUpdates.list()).to.deep.equal([
				{ release, attempts: 1, attemptedAt: 1000, failure: 'exit code 3' },
				{ release: other, attempts: 1, attemptedAt: 1000 },
			]);
			await hostUpdates.begin(release, 2);
			expect((await hostUpdates.list()).at(-1)).to.deep.equal({ release, attempts: 2, attemptedAt: 1000 });
		});

		it('are forgotten once a release runs, but for what updated it', async () => {
			const { hostUpdates } = get();
			await hostUpdates.begin(release, 1);
			await hostUpdates.begin(other, 3);
			await hostUpdates.keepOnly(other);
			expect(await hostUpdates.list()).to.deep.equal([{ release: other, attempts: 0 }]);
		});
	});
}

function describeSupervisorUpdates(get: () => Stores): void {
	describe('updates of the supervisor', () => {
		const one = { image: 'r.io/a:1', commit: 'c1', version: '1.0.0', fromImageId: 'sha256:0', attempts: 2 };
		const started = { ...one, state: 'started' as const, attemptedAt: 5 };

		it('keep the last attempt, and what has become of it', async () => {
			const { supervisorUpdates } = get();
			expect(await supervisorUpdates.read()).to.equal(undefined);
			await supervisorUpdates.note({ state: 'failed', failure: 'of nothing' });
			expect(await supervisorUpdates.read()).to.equal(undefined);
			await supervisorUpdates.begin(one);
			expect(await supervisorUpdates.read()).to.deep.equal(started);
			await supervisorUpdates.note({ state: 'failed', failure: 'not healthy' });
			expect(await supervisorUpdates.read()).to.deep.equal({ ...started, state: 'failed', failure: 'not healthy' });
			await supervisorUpdates.note({ state: 'done' });
			expect(await supervisorUpdates.read()).to.deep.equal({ ...started, state: 'done' });
		});

		it('forget the attempt before, with its failure', async () => {
			const { supervisorUpdates } = get();
			await supervisorUpdates.begin(one);
			await supervisorUpdates.note({ state: 'failed', failure: 'not healthy' });
			const next = { ...one, image: 'r.io/a:2', commit: 'c2', attempts: 1 };
			await supervisorUpdates.begin(next);
			expect(await supervisorUpdates.read()).to.deep.equal({ ...next, state: 'started', attemptedAt: 5 });
		});
	});
}
