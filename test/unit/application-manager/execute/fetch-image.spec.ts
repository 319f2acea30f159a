import { expect } from 'chai';
import omit from 'lodash/omit.js';
import Sinon from 'sinon';
import { imageExecutors } from '../../../../src/application-manager/execute/image-executors.ts';
import { DeltaAttempts, ImageIndex } from '../../../../src/application-manager/index.ts';
import { ReportOnce } from '../../../../src/lib/report-once.ts';
import { toEngineImage } from '../../../../src/application-manager/images/to-engine-image.ts';
import type { ImageRecord } from '../../../../src/domain/engine-objects.ts';
import type { DeltaAnswer, DeltaPair, DeltaPatch } from '../../../../src/application-manager/index.ts';
import type { PatchResult } from '../../../../src/ports/image-patcher.ts';
import { EngineError } from '../../../../src/ports/engine.ts';
import { OperationalError } from '../../../../src/ports/operational-error.ts';
import { FakeEngine } from '../../../support/fake-engine.ts';
import { linesOf, recordingLog, stubSystemLog } from '../../../support/logs.ts';
import { MemoryImageStore } from '../../../support/memory-stores.ts';
import { VirtualClock } from '../../../support/virtual-clock.ts';

const digest = (n: number) => `sha256:${String(n).repeat(64)}`;
const OLD = `registry.test/v2/old@${digest(1)}`;
const NEW = `registry.test/v2/new@${digest(2)}`;
const DELTA = 'registry.test/v2/new:delta-1';
const [OLD_ID, NEW_ID] = [`sha256:${'a'.repeat(64)}`, `sha256:${'b'.repeat(64)}`];
const TOKEN = 'canary-registry-token';

const record = (name: string, change: Partial<ImageRecord> = {}): ImageRecord => ({
	...{ name, appId: 1, appUuid: 'u', serviceId: 1, serviceName: 'web', imageId: 1, releaseId: 1, commit: name },
	...change,
});

describe('fetching an image', () => {
	let engine: FakeEngine;
	let clock: VirtualClock;
	let images: MemoryImageStore;
	let isEnabled: boolean;
	let answer: DeltaAnswer;
	let askDelta: Sinon.SinonStub<[DeltaPair, AbortSignal], Promise<DeltaAnswer>>;
	let pullImage: Sinon.SinonStubbedMember<FakeEngine['pullImage']>;
	/** What the next pulls of the delta reject with. */
	let failures: Error[];
	let systemLog: ReturnType<typeof stubSystemLog>;
	let logged: ReturnType<typeof recordingLog>;
	let progress: Sinon.SinonStub<[number]>;
	let controller: AbortController;
	let attempts: DeltaAttempts;

	beforeEach(async () => {
		clock = new VirtualClock();
		engine = new FakeEngine(clock);
		attempts = new DeltaAttempts(clock);
		engine.registry.set(NEW, { id: NEW_ID, config: {} });
		engine.registry.set(DELTA, { id: NEW_ID, config: {} });
		engine.images.set(OLD_ID, { id: OLD_ID, tags: ['registry.test/v2/old:latest'], digests: [OLD], config: {} });
		images = new MemoryImageStore();
		await images.save(record(OLD), OLD_ID);
		await images.save(record(NEW, { serviceName: 'db' }));
		await images.save(record(NEW));
		[isEnabled, failures] = [true, []];
		askDelta = Sinon.stub<[DeltaPair, AbortSignal], Promise<DeltaAnswer>>().callsFake(() => Promise.resolve(answer));
		const pull = engine.pullImage.bind(engine);
		pullImage = Sinon.stub(engine, 'pullImage').callsFake((options) => {
			options.progress(7 * failures.length);
			const failure = options.reference === DELTA ? failures.shift() : undefined;
			return failure === undefined ? pull(options) : Promise.reject(failure);
		});
		[systemLog, progress] = [stubSystemLog(), Sinon.stub<[number]>()];
		answer = { kind: 'image', reference: DELTA, registryToken: TOKEN };
		logged = recordingLog();
		controller = new AbortController();
	});

	async function fetch(reference = NEW): Promise<unknown> {
		// What fetching does not use is not there.
		const options = {
			engine,
			images,
			log: logged.log,
			systemLog,
			failures: new ReportOnce(),
			deltaAttempts: attempts,
			registryLogin: () => Promise.resolve({ username: 'd_1', password: 'canary-device-key' }),
			deltas: {
				isEnabled: () => Promise.resolve(isEnabled),
				ask: askDelta,
			},
		} as unknown as Parameters<typeof imageExecutors>[0];
		const context = { signal: controller.signal, progress };
		const end = imageExecutors(options)
			.pullImage({ kind: 'pullImage', reference }, context)
			.then(
				() => undefined,
				(error: unknown) => error,
			);
		await clock.advance(60_000);
		return end;
	}
	const pulls = () => pullImage.args.map(([options]) => omit(options, ['signal', 'progress']));
	const login = { username: 'd_1', password: 'canary-device-key', serveraddress: 'registry.test' };
	const whole = { reference: NEW, auth: login };
	const delta = { reference: DELTA, auth: { registrytoken: TOKEN } };
	const broken = () => new EngineError('engine-failed', 'layer does not apply');
	const findNew = async () => new ImageIndex([...engine.images.values()], await images.list()).find(NEW)?.id;

	it('cloud-api #54: shows the key to an explicit registry, and to no other', async () => {
		isEnabled = false;
		engine.registry.set('alpine:latest', { id: 'sha256:c', config: {} });
		await fetch();
		await fetch('alpine:latest');
		expect(pulls()).to.deep.equal([whole, { reference: 'alpine:latest' }]);
	});

	it('takes a delta from the image that the same service has now, and names the result', async () => {
		expect(await fetch()).to.equal(undefined);
		const pair = { source: OLD, target: NEW, isSourceDeltaBaseOnly: false };
		Sinon.assert.calledOnceWithExactly(askDelta, pair, Sinon.match.same(controller.signal));
		expect(pulls()).to.deep.equal([delta]);
		expect(linesOf(systemLog)).to.deep.equal([`Downloading delta for image '${NEW}'`, `Downloaded image '${NEW}'`]);
		expect(engine.images.get(NEW_ID)?.tags).to.deep.equal(['registry.test/v2/new:latest']);
		expect((await images.list()).map(({ dockerImageId }) => dockerImageId)).to.deep.equal([OLD_ID, NEW_ID, NEW_ID]);
		expect(await findNew()).to.equal(NEW_ID);
	});

	it('finds the image again after all rows were lost, although the engine knows a digest of the delta', async () => {
		const stale = `registry.test/v2/new@${digest(9)}`;
		const shared = `registry.test/v2/new@${digest(8)}`;
		await images.save(record(shared, { appId: 2 }));
		engine.images.set(NEW_ID, { id: NEW_ID, tags: [], digests: [stale, shared], config: {} });
		await fetch();
		expect(engine.images.get(NEW_ID)?.digests).to.deep.equal([shared]); // that one has an owner
		await images.remove(4);
		engine.images.get(NEW_ID)?.digests.pop();
		for (const { id } of await images.list()) await images.remove(id);
		expect(await findNew()).to.equal(NEW_ID);
	});

	it('does not remove the tag of the target, should the delta have the same', async () => {
		const same = 'registry.test/v2/new:latest';
		engine.registry.set(same, { id: NEW_ID, config: {} });
		answer = { kind: 'image', reference: same, registryToken: TOKEN };
		await fetch();
		expect(engine.images.get(NEW_ID)?.tags).to.deep.equal([same]);
	});

	it('asks for none while the setting is off, or nothing of the service is here', async () => {
		isEnabled = false;
		await fetch();
		isEnabled = true;
		engine.images.delete(OLD_ID);
		await fetch();
		Sinon.assert.notCalled(askDelta);
		expect(pulls()).to.deep.equal([whole, whole]);
		expect(linesOf(systemLog).filter((line) => line.startsWith('Downloading'))).to.deep.equal([
			`Downloading image '${NEW}'`,
			`Downloading image '${NEW}'`,
		]);
	});

	it('takes the first row of a service that the image is for, never one of another app or service', async () => {
		const other = (n: number) => `registry.test/v2/other${n}@${digest(n)}`;
		for (const [n, change] of [
			[3, { appId: 2 }],
			[4, { serviceName: 'cache' }],
			[5, { serviceName: 'db' }],
		] as const) {
			engine.images.set(`sha256:${n}`, { id: `sha256:${n}`, tags: [], digests: [other(n)], config: {} });
			await images.save(record(other(n), change), `sha256:${n}`);
		}
		engine.images.delete(OLD_ID);
		await fetch();
		const pair = { source: other(5), target: NEW, isSourceDeltaBaseOnly: false };
		Sinon.assert.calledOnceWithExactly(askDelta, pair, Sinon.match.same(controller.signal));
	});

	it('fetches the whole image when there is no delta, and says why', async () => {
		answer = { kind: 'none', because: 'the delta server has none (404)' };
		expect(await fetch()).to.equal(undefined);
		expect(pulls()).to.deep.equal([whole]);
		expect(linesOf(systemLog)).to.deep.equal([
			`Downloading delta for image '${NEW}'`,
			`No delta for image '${NEW}' due to 'the delta server has none (404)'`,
			`Downloading image '${NEW}'`,
			`Downloaded image '${NEW}'`,
		]);
		expect(logged.lines).to.deep.include({
			level: 'info',
			message: 'no delta, fetching the whole image',
			fields: { image: NEW, source: OLD, because: 'the delta server has none (404)' },
		});
	});

	it('planner #50: has to wait while the delta is made, which is no failure', async () => {
		answer = { kind: 'processing' };
		expect(await fetch()).to.have.property('code', 'delta-processing');
		expect(pulls()).to.deep.equal([]);
		expect(linesOf(systemLog)).to.deep.equal([
			`Downloading delta for image '${NEW}'`,
			'Delta still processing remotely. Will retry...',
		]);
	});

	it('D29: fails when the delta server does, and fetches the whole image the third time', async () => {
		answer = { kind: 'failed', because: 'delta server: status 500' };
		for (let n = 0; n < 2; n++) {
			expect(await fetch())
				.to.be.instanceOf(OperationalError)
				.and.have.property('code', 'delta-failed');
			expect(pulls()).to.deep.equal([]);
			expect(linesOf(systemLog).at(-1)).to.equal(`Failed to download image '${NEW}' due to 'delta server: status 500'`);
		}
		expect(await fetch()).to.equal(undefined);
		expect(pulls()).to.deep.equal([whole]);
		Sinon.assert.callCount(askDelta, 3);
		expect(linesOf(systemLog)).to.include(`No delta for image '${NEW}' due to 'delta server: status 500'`);
	});

	it('D29: asks a server that does not answer for nothing more within an hour, whatever the image', async () => {
		answer = { kind: 'failed', because: 'delta server: cannot reach it', isServerAway: true };
		for (let n = 0; n < 3; n++) await fetch();
		engine.registry.set(DELTA, { id: OLD_ID, config: {} });
		await images.save(record(DELTA));
		expect(await fetch(DELTA)).to.equal(undefined);
		Sinon.assert.callCount(askDelta, 3);
		expect(pulls().map(({ reference }) => reference)).to.deep.equal([NEW, DELTA]);
		expect(linesOf(systemLog).filter((line) => line.includes(DELTA))).to.deep.equal([
			`Downloading image '${DELTA}'`,
			`Downloaded image '${DELTA}'`,
		]);
		await clock.advance(3_600_000);
		await fetch();
		Sinon.assert.callCount(askDelta, 4); // an hour later one question is enough
		await fetch();
		Sinon.assert.callCount(askDelta, 4);
	});

	it('D29: a failure of one delta says nothing of the others', async () => {
		answer = { kind: 'failed', because: 'delta server: status 500' };
		for (let n = 0; n < 3; n++) await fetch();
		engine.registry.set(DELTA, { id: OLD_ID, config: {} });
		await images.save(record(DELTA));
		await fetch(DELTA);
		Sinon.assert.callCount(askDelta, 4);
	});

	it('D29: a delta that the registry refuses three times gives way to the whole image', async () => {
		failures = [1, 2, 3].map(() => new EngineError('engine-not-found', 'no such manifest', { status: 404 }));
		for (let n = 0; n < 3; n++) await fetch();
		expect(pulls()).to.deep.equal([delta, delta, delta, whole]);
	});

	it('cloud-api Q-9: a delta that could be applied at last is enough', async () => {
		failures = [broken(), broken()];
		expect(await fetch()).to.equal(undefined);
		expect(pulls()).to.deep.equal([delta, delta, delta]);
		expect(await findNew()).to.equal(NEW_ID);
		const percents = progress.args.flat();
		expect(percents).to.deep.equal([...percents].sort((a, b) => a - b)); // one download, also when it begins anew
	});

	it('fetches the whole image after three attempts', async () => {
		failures = [broken(), broken(), broken()];
		expect(await fetch()).to.equal(undefined);
		expect(pulls()).to.deep.equal([delta, delta, delta, whole]);
		expect(linesOf(systemLog)).to.include(`No delta for image '${NEW}' due to 'layer does not apply'`);
	});

	it('fails at once when the engine or the registry refuses the delta', async () => {
		failures = [new EngineError('engine-not-found', 'no such manifest', { status: 404 })];
		expect(await fetch()).to.have.property('message', 'no such manifest');
		expect(pulls()).to.deep.equal([delta]);
	});

	it('stops in the middle of a delta when asked to, without a word to the user', async () => {
		const reason = new Error('not wanted any more');
		engine.faults = { ...engine.faults, latencyMs: (call) => (call === 'pull' ? Infinity : 0) };
		const end = fetch();
		await clock.advance(0);
		expect(pulls()).to.deep.equal([delta]);
		controller.abort(reason);
		expect(await end).to.equal(reason);
		Sinon.assert.calledOnceWithExactly(systemLog.write, `Downloading delta for image '${NEW}'`);
	});

	it('takes the image that a patch makes, or the whole one if it does not fit', async () => {
		const apply = Sinon.stub<Parameters<DeltaPatch['apply']>, Promise<PatchResult>>();
		apply.onFirstCall().resolves({ kind: 'out-of-sync', because: 'rsync ended with 23' });
		apply.onSecondCall().resolves({ kind: 'done', engineImageId: NEW_ID });
		answer = { kind: 'patch', patch: { apply } };
		await fetch();
		Sinon.assert.calledOnceWithMatch(apply, { source: OLD_ID });
		expect(pulls()).to.deep.equal([whole]);
		engine.images.set(NEW_ID, { id: NEW_ID, tags: [], digests: [], config: {} });
		pullImage.resetHistory();
		await fetch();
		Sinon.assert.notCalled(pullImage);
		expect(await findNew()).to.equal(NEW_ID);
	});

	it('keeps the token and the key out of logs and errors', async () => {
		failures = [broken(), broken(), broken()];
		await fetch();
		expect(JSON.stringify([systemLog.write.args, logged.lines])).to.not.match(/canary/);
	});
});

describe('an image of the engine', () => {
	const summary = { Id: 'sha256:1', RepoTags: ['a:1', '<none>:<none>'], RepoDigests: null };

	it('is a delta base only where both of its sizes are next to nothing', () => {
		expect(toEngineImage({ ...summary, Size: 39, VirtualSize: 39 })).to.have.property('isDeltaBaseOnly', true);
		expect(toEngineImage({ ...summary, Size: 39, VirtualSize: 40 })).to.not.have.property('isDeltaBaseOnly');
		expect(toEngineImage({ ...summary, Size: 40, VirtualSize: 39 })).to.not.have.property('isDeltaBaseOnly');
		expect(toEngineImage(summary)).to.deep.equal({ id: 'sha256:1', tags: ['a:1'], digests: [] });
	});
});
