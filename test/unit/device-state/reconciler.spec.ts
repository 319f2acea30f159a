import { expect } from 'chai';
import { Reconciler, StatusBoard, StepRunner } from '../../../src/device-state/index.ts';
import type { CurrentState } from '../../../src/domain/current.ts';
import type { Step } from '../../../src/domain/step.ts';
import type { TargetState } from '../../../src/domain/target.ts';
import type { Executors } from '../../../src/ports/executors.ts';
import { OperationalError } from '../../../src/ports/operational-error.ts';
import { emptyState } from '../../support/empty-state.ts';
import { silentLog } from '../../support/logs.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';

const RESYNC_MS = 300_000;
const PAUSE_MS = 60_000;

describe('the loop', () => {
	const nothing = emptyState;
	const differing: TargetState = {
		apps: [],
		config: { settings: { values: { name: 'new' }, variables: {}, afterReboot: {} } },
	};
	const onTarget: TargetState = { apps: [], config: {} };
	const abort = new AbortController();
	after(() => {
		abort.abort();
	});

	function make(first: TargetState, execute: (step: Step) => Promise<void>) {
		const clock = new VirtualClock();
		const status = new StatusBoard();
		const world = { target: first, current: nothing, isBlind: false, refreshed: 0, looks: 0, lookMs: 0 };
		const steps: Step[] = [];
		const run = (step: Step) => {
			steps.push(step);
			return execute(step);
		};
		const runner = new StepRunner({
			executors: new Proxy({}, { get: () => run }) as Executors, // one for all kinds
			clock,
			log: silentLog,
			backoff: () => ({ firstMs: PAUSE_MS, maxMs: PAUSE_MS }),
			stuckAfter: 3,
			settled: (step, end) => {
				reconciler.stepEnded(step, end);
			},
			progressed: () => undefined,
			crashed: (error) => {
				throw error;
			},
		});
		const reconciler = new Reconciler({
			observer: {
				observe: async (signal) => {
					world.looks += 1;
					if (world.lookMs > 0) await clock.sleep(world.lookMs, signal);
					if (world.isBlind) throw new OperationalError('test', 'the engine is away');
					return world.current;
				},
				refresh: () => {
					world.refreshed += 1;
				},
			},
			targets: { read: () => Promise.resolve(world.target), refresh: () => undefined },
			runner,
			requests: { open: () => [], settle: () => Promise.resolve(), strike: () => Promise.resolve() },
			status,
			clock,
			log: silentLog,
			systemLog: { write: () => undefined },
			policy: () => ({
				maxPulls: 4,
				maxSteps: 8,
				keepImages: false,
				keepVolumes: false,
				ownImage: 'own',
				localMode: false,
				lockOverride: false,
			}),
			resyncMs: RESYNC_MS,
			observeBackoff: { firstMs: 1000, maxMs: 1000 },
			gather: { fromSteps: 4, ms: 30 },
			onSession: () => undefined,
		});
		void reconciler.run(abort.signal);
		return { clock, world, steps, reconciler, status };
	}

	const fail = () => Promise.reject(new OperationalError('test', 'no'));

	it('tries at once what has failed when a new target comes, and only then', async () => {
		const { clock, steps, reconciler } = make(differing, fail);
		await clock.advance(1000);
		reconciler.wake('engine');
		await clock.advance(1000);
		expect(steps).to.have.length(1);
		reconciler.wake('target');
		await clock.advance(1000);
		expect(steps).to.have.length(2);
	});

	it('planner #57: looks once more, however often it was woken while it looked', async () => {
		const { clock, world, reconciler } = make(onTarget, () => Promise.resolve());
		await clock.advance(1000);
		world.lookMs = 500;
		reconciler.wake('engine');
		await clock.advance(100);
		const before = world.looks;
		for (const reason of ['request', 'engine', 'step', 'target'] as const) reconciler.wake(reason);
		await clock.advance(10_000);
		expect(world.looks).to.equal(before + 1);
	});

	it('planner #64: is healthy, and tries on, however long a user holds a lock', async () => {
		const pollIntervalMs = 15 * 60_000;
		const { clock, steps, reconciler } = make(differing, () =>
			Promise.reject(new OperationalError('updates-locked', 'Lockfile exists for { appId: 1, service: b }')),
		);
		await clock.advance(1000);
		for (let elapsedMs = 0; elapsedMs < 3 * pollIntervalMs; elapsedMs += PAUSE_MS) {
			const before = steps.length;
			await clock.advance(PAUSE_MS);
			expect(steps, `after ${elapsedMs} ms`).to.have.length(before + 1);
			expect(reconciler.isAlive()).to.equal(true);
		}
	});

	it('reads everything again now and then, because events can be lost', async () => {
		const { clock, world } = make(onTarget, () => Promise.resolve());
		await clock.advance(3 * RESYNC_MS + 1000);
		expect(world.refreshed).to.equal(3);
	});

	it('does nothing while it cannot see the device', async () => {
		const { clock, world, steps, reconciler } = make(differing, fail);
		await clock.advance(1000);
		world.isBlind = true;
		reconciler.wake('target');
		await clock.advance(RESYNC_MS);
		expect(steps).to.have.length(1);
		world.isBlind = false;
		await clock.advance(RESYNC_MS);
		expect(steps.length).to.be.greaterThan(1);
	});

	it('tries at once what has failed because the engine was away, when it is back', async () => {
		for (const [code, count] of [
			['engine-unreachable', 2],
			['engine-failed', 1],
		] as const) {
			const { clock, world, steps, reconciler } = make(differing, () =>
				Promise.reject(new OperationalError(code, 'no')),
			);
			await clock.advance(1000);
			world.isBlind = true;
			reconciler.wake('engine');
			await clock.advance(500);
			world.isBlind = false;
			await clock.advance(2000);
			expect(steps, code).to.have.length(count);
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
		const { clock, world, steps, reconciler } = make(differing, () => {
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
		const reboots = steps.filter((step) => step.kind === 'reboot');
		expect(reboots.map(({ force }) => force)).to.deep.equal([true, false]);
	});
});
