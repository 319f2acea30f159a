import { expect } from 'chai';
import Sinon from 'sinon';
import { createLoop, LOOP_DEFAULTS, StatusBoard } from '../../../src/device-state/index.ts';
import type { CurrentState } from '../../../src/domain/current.ts';
import type { Step } from '../../../src/domain/step.ts';
import type { TargetState } from '../../../src/domain/target.ts';
import type { Executors } from '../../../src/ports/executors.ts';
import { OperationalError } from '../../../src/ports/operational-error.ts';
import { emptyState } from '../../support/empty-state.ts';
import { recordingLog } from '../../support/logs.ts';
import { MemoryRequestStore } from '../../support/memory-stores.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';

const RESYNC_MS = LOOP_DEFAULTS.resyncMs;
/** Ceiling of the pauses after failures. */
const PAUSE_MS = 60_000;

describe('the loop', () => {
	const nothing = emptyState;
	const differing: TargetState = {
		apps: [],
		variables: { SUPERVISOR_DELTA: 'true' },
	};
	const onTarget: TargetState = { apps: [], variables: {} };
	const lives: AbortController[] = [];
	after(() => {
		lives.forEach((life) => life.abort());
	});

	function make(first: TargetState, execute: (step: Step) => Promise<void>) {
		const clock = new VirtualClock();
		const status = new StatusBoard();
		const world = {
			target: first,
			current: nothing,
			isBlind: false,
			lookMs: 0,
			ended: undefined as unknown,
		};
		const store = new MemoryRequestStore();
		const { log, lines } = recordingLog();
		let requestCount = 0;
		const run = Sinon.spy(execute);
		const observe = Sinon.spy(async (signal: AbortSignal) => {
			if (world.lookMs > 0) await clock.sleep(world.lookMs, signal);
			if (world.isBlind) throw new OperationalError('test', 'the engine is away');
			return world.current;
		});
		const refresh = Sinon.stub();
		const { reconciler, tracker } = createLoop({
			executors: new Proxy({}, { get: () => run }) as Executors, // one for all kinds
			observer: { observe, refresh },
			targets: { read: () => Promise.resolve(world.target) },
			requests: store,
			newId: () => `request ${++requestCount}`,
			settings: () => ({
				localMode: false,
				lockOverride: false,
				delta: false,
				pollIntervalMs: PAUSE_MS,
				bootstrapRetryDelayMs: PAUSE_MS,
			}),
			ownImage: 'own',
			status,
			clock,
			log,
			systemLog: { write: () => undefined },
			crashed: (error) => {
				throw error;
			},
		});
		const life = new AbortController();
		lives.push(life);
		void reconciler.run(life.signal).catch((error: unknown) => {
			world.ended = error;
		});
		return { clock, world, run, observe, refresh, reconciler, tracker, status, store, lines };
	}

	const fail = () => Promise.reject(new OperationalError('test', 'no'));

	/** Fails until its pauses are at their ceiling, and a new one has just begun. */
	async function failForLong({ clock, run }: ReturnType<typeof make>): Promise<number> {
		await clock.advance(10 * PAUSE_MS);
		const count = run.callCount;
		while (run.callCount === count) await clock.advance(100);
		return run.callCount;
	}

	it('tries at once what has failed when a new target comes, and only then', async () => {
		const device = make(differing, fail);
		const { clock, run, reconciler, status } = device;
		const before = await failForLong(device);
		const [reason] = status.latest()?.reasons ?? [];
		expect(reason).to.include({ kind: 'backoff', sentence: 'the settings of the device cannot be changed: no' });
		expect(reason?.since, 'since the first failure').to.be.below(1000);
		reconciler.wake('engine');
		await clock.advance(1000);
		Sinon.assert.callCount(run, before);
		reconciler.wake('target');
		await clock.advance(500);
		Sinon.assert.callCount(run, before + 1);
	});

	it('tries again after the poll interval at the latest, however often a step has failed', async () => {
		const device = make(differing, fail);
		const before = await failForLong(device);
		await device.clock.advance(10 * PAUSE_MS);
		expect(device.run.callCount).to.be.at.least(before + 10);
	});

	it('planner #57: looks once more, however often it was woken while it looked', async () => {
		const { clock, world, observe, reconciler } = make(onTarget, () => Promise.resolve());
		await clock.advance(1000);
		world.lookMs = 500;
		reconciler.wake('engine');
		await clock.advance(100);
		const before = observe.callCount;
		for (const reason of ['request', 'engine', 'step', 'target'] as const) reconciler.wake(reason);
		await clock.advance(10_000);
		Sinon.assert.callCount(observe, before + 1);
	});

	it('planner #64: is healthy, and tries on, however long a user holds a lock', async () => {
		const pollIntervalMs = 15 * 60_000;
		const device = make(differing, () =>
			Promise.reject(new OperationalError('updates-locked', 'Lockfile exists for { appId: 1, service: b }')),
		);
		const { clock, run, reconciler } = device;
		await failForLong(device);
		for (let elapsedMs = 0; elapsedMs < 3 * pollIntervalMs; elapsedMs += PAUSE_MS) {
			const before = run.callCount;
			await clock.advance(PAUSE_MS);
			expect(run.callCount, `after ${elapsedMs} ms`).to.equal(before + 1);
			expect(reconciler.isAlive()).to.equal(true);
		}
	});

	it('reads everything again now and then, because events can be lost', async () => {
		const { clock, refresh } = make(onTarget, () => Promise.resolve());
		await clock.advance(3 * RESYNC_MS + 1000);
		Sinon.assert.calledThrice(refresh);
	});

	it('does nothing while it cannot see the device', async () => {
		const { clock, world, run, reconciler } = make(differing, fail);
		await clock.advance(1000);
		world.isBlind = true;
		reconciler.wake('target');
		await clock.advance(RESYNC_MS);
		Sinon.assert.calledOnce(run);
		world.isBlind = false;
		await clock.advance(RESYNC_MS);
		expect(run.callCount).to.be.greaterThan(1);
	});

	it('is not on target while it cannot see the device, and says why and since when (decision D19)', async () => {
		const { clock, world, status, reconciler } = make(onTarget, () => Promise.resolve());
		await clock.advance(1000);
		expect(status.latest()).to.include({ applying: false, unseen: undefined });
		world.isBlind = true;
		reconciler.wake('engine');
		await clock.advance(1);
		const since = clock.now();
		await clock.advance(60_000);
		expect(status.latest()?.applying).to.equal(true);
		expect(status.latest()?.unseen?.message).to.equal('the engine is away');
		expect(since - (status.latest()?.unseen?.since ?? 0)).to.be.within(0, 10);
		expect(status.latest()?.reasons).to.have.length(1);
		expect(status.latest()?.reasons[0]).to.include({ kind: 'unseen', since: status.latest()?.unseen?.since });
		world.isBlind = false;
		await clock.advance(60_000);
		expect(status.latest()).to.deep.include({ applying: false, unseen: undefined, reasons: [] });
	});

	it('tries at once what has failed because the engine was away, when it is back', async () => {
		for (const [code, count] of [
			['engine-unreachable', 1],
			['engine-failed', 0],
		] as const) {
			const device = make(differing, () => Promise.reject(new OperationalError(code, 'no')));
			const { clock, world, run, reconciler } = device;
			const before = await failForLong(device);
			world.isBlind = true;
			reconciler.wake('engine');
			await clock.advance(500);
			world.isBlind = false;
			reconciler.wake('engine');
			await clock.advance(500);
			expect(run.callCount, code).to.equal(before + count);
		}
	});

	it('is busy from the moment on at which something is asked for', async () => {
		const { clock, reconciler, status } = make(onTarget, () => Promise.resolve());
		await clock.advance(1000);
		expect(status.latest()?.applying).to.equal(false);
		for (const ask of [
			() => reconciler.update({ force: false }),
			() => reconciler.wake('target'),
			() => reconciler.wake('request'),
		]) {
			ask();
			expect(status.latest()?.applying).to.equal(true);
			await clock.advance(1000);
			expect(status.latest()?.applying).to.equal(false);
		}
		reconciler.wake('engine');
		expect(status.latest()?.applying).to.equal(false);
	});

	it('lets no lock count after an update with force, until the target is reached', async () => {
		const { clock, world, run, reconciler } = make(differing, () => {
			world.target = onTarget;
			return Promise.resolve();
		});
		const rebootDue: CurrentState = { ...nothing, host: { ...nothing.host, reboot: 'required' } };
		reconciler.update({ force: true });
		world.current = rebootDue;
		await clock.advance(1000);
		world.current = nothing; // on target
		reconciler.wake('engine');
		await clock.advance(RESYNC_MS);
		world.current = rebootDue;
		reconciler.wake('engine');
		await clock.advance(1000);
		const reboots = run.args.map(([step]) => step).filter((step) => step.kind === 'reboot');
		expect(reboots.map(({ force }) => force)).to.deep.equal([true, false]);
	});

	it('carries a request out when the database can store neither it nor its end, and stores both as soon as it can', async () => {
		const { clock, store, tracker, reconciler } = make(onTarget, () => Promise.resolve());
		await clock.advance(1000);
		const full = new OperationalError('database-full', 'no space left for the database');
		const stubs = [Sinon.stub(store, 'add').rejects(full), Sinon.stub(store, 'close').rejects(full)];
		let outcome: string | undefined;
		void tracker.submit({ kind: 'cleanupVolumes', volumes: [] }, { force: false }).then(({ kind }) => {
			outcome = kind;
		});
		await clock.advance(1000);
		expect(outcome).to.equal('done');
		await clock.advance(RESYNC_MS);
		expect(reconciler.isAlive()).to.equal(true);
		stubs.forEach((stub) => {
			stub.restore();
		});
		const stored = Sinon.spy(store, 'add');
		const closed = Sinon.spy(store, 'close');
		await clock.advance(RESYNC_MS);
		Sinon.assert.callOrder(stored, closed);
		Sinon.assert.calledOnce(closed);
	});

	it('does not force a new target because the one before it was forced', async () => {
		const { clock, world, run, reconciler } = make(differing, fail);
		world.current = { ...nothing, host: { ...nothing.host, reboot: 'required' } };
		reconciler.update({ force: true });
		await clock.advance(500);
		world.target = onTarget;
		reconciler.targetChanged();
		await clock.advance(1000);
		const reboots = run.args.map(([step]) => step).filter((step) => step.kind === 'reboot');
		expect(reboots.map(({ force }) => force).at(-1)).to.equal(false);
	});
});
