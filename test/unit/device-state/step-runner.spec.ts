import { expect } from 'chai';
import Sinon from 'sinon';
import { StepRunner } from '../../../src/device-state/index.ts';
import type { ProposedStep } from '../../../src/domain/plan.ts';
import { stepIdOf, type Step } from '../../../src/domain/step.ts';
import type { ExecutionContext, Executors } from '../../../src/ports/executors.ts';
import { OperationalError } from '../../../src/ports/operational-error.ts';
import { recordingLog } from '../../support/logs.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';

describe('step runner', () => {
	const pull: Step = { kind: 'pullImage', reference: 'registry.test/a:1' };
	const commit: Step = { kind: 'recordCommit', appId: 1, commit: 'c1' };
	const propose = (step: Step, interruptible = false): ProposedStep => ({
		id: stepIdOf(step),
		step,
		reason: 'a test',
		footprint: { writes: [stepIdOf(step)], reads: [] },
		interruptible,
	});

	function make(execute: (step: Step, context: ExecutionContext) => Promise<void>) {
		const clock = new VirtualClock(() => 0);
		const [ended, progressed, crashed] = [Sinon.stub(), Sinon.stub(), Sinon.stub()];
		// One executor for all kinds: what a step does is not the runner's business.
		const executors = new Proxy({}, { get: () => execute }) as Executors;
		const { log, lines } = recordingLog();
		const runner = new StepRunner({
			executors,
			clock,
			log,
			backoff: () => ({ firstMs: 1000, maxMs: 8000 }),
			stuckAfter: 3,
			ended,
			progressed,
			crashed,
		});
		return { runner, clock, ended, progressed, crashed, lines };
	}

	const busy = () => Promise.reject(new OperationalError('test', 'the engine is busy'));
	const none = new Set<string>();

	it('shows a step in flight until it ends, with its progress, and says that it ended', async () => {
		let proceed: () => void = () => undefined;
		const { runner, clock, ended, progressed } = make(async (_step, { progress }) => {
			progress(12.7);
			progress(12.9);
			await new Promise<void>((resolve) => {
				proceed = resolve;
			});
		});
		runner.start(propose(pull));
		await clock.advance(0);
		expect(runner.running()).to.deep.equal([{ id: stepIdOf(pull), step: pull, percent: 12 }]);
		proceed();
		await clock.advance(0);
		expect(runner.inFlight()).to.deep.equal([]);
		Sinon.assert.calledOnce(progressed);
		Sinon.assert.calledOnce(ended);
		Sinon.assert.callOrder(progressed, ended);
	});

	it('pauses a step that failed, longer each time, up to the ceiling', async () => {
		const { runner, clock, lines } = make(busy);
		const pauses: number[] = [];
		for (let turn = 0; turn < 5; turn++) {
			runner.start(propose(commit));
			await clock.advance(0);
			pauses.push((runner.paused().get(stepIdOf(commit))?.until ?? 0) - clock.now());
			runner.review([propose(commit)], none);
		}
		expect(pauses).to.deep.equal([1000, 2000, 4000, 8000, 8000]);
		expect(lines.filter(({ message }) => message === 'step failed')).to.have.length(5);
	});

	it('planner #50: pauses a step that has to wait for others, and does not take it for failed', async () => {
		let error = new OperationalError('delta-processing', 'still being made');
		const { runner, clock, lines } = make(() => Promise.reject(error));
		const turn = async () => {
			runner.start(propose(pull));
			await clock.advance(0);
			const { until = 0, failures, reason } = runner.paused().get(stepIdOf(pull)) ?? {};
			return [until - clock.now(), failures, reason];
		};
		expect([await turn(), await turn()]).to.deep.equal([
			[1000, 1, 'not-yet'],
			[2000, 2, 'not-yet'],
		]);
		expect([runner.hasFailures, runner.failures()]).to.deep.equal([false, []]);
		expect(lines.map(({ message }) => message))
			.to.include('step has to wait')
			.and.not.include('step failed');

		error = new OperationalError('test', 'the disk is full');
		expect(await turn()).to.deep.equal([1000, 1, 'backoff']); // a row of its own
		expect([runner.hasFailures, runner.failures().length]).to.deep.equal([true, 1]);
	});

	it('resets the pause of a step that is no longer proposed, and all of them with a new target', async () => {
		const { runner, clock } = make(busy);
		runner.start(propose(commit));
		await clock.advance(0);
		runner.review([], none);
		expect(runner.hasFailures).to.equal(false);
		runner.start(propose(commit));
		await clock.advance(0);
		runner.resetBackoff();
		expect(runner.paused().size).to.equal(0);
	});

	it('takes a step that succeeds again and again for stuck', async () => {
		const { runner, clock } = make(() => Promise.resolve());
		const reasons: (string | undefined)[] = [];
		for (let turn = 0; turn < 4; turn++) {
			runner.start(propose(commit));
			await clock.advance(0);
			runner.review([propose(commit)], none);
			reasons.push(runner.paused().get(stepIdOf(commit))?.reason);
		}
		expect(reasons).to.deep.equal(['backoff', 'backoff', 'stuck', 'stuck']);
	});

	it('does not judge a step whose end the observation may have missed', async () => {
		const { runner, clock } = make(() => Promise.resolve());
		runner.start(propose(commit));
		await clock.advance(0);
		runner.review([propose(commit)], new Set([stepIdOf(commit)]));
		expect(runner.hasFailures).to.equal(false);
	});

	it('remembers what had no effect until its app is on target', async () => {
		const { runner, clock } = make(() => Promise.resolve());
		const other = propose({ ...commit, commit: 'c2' });
		runner.start(propose(commit));
		await clock.advance(0);
		runner.review([other], none); // the app still has something to do
		runner.review([propose(commit)], none);
		expect(runner.hasFailures).to.equal(true);
		runner.review([], none); // on target
		runner.review([propose(commit)], none);
		expect(runner.hasFailures).to.equal(false);
	});

	it('interrupts only what may be interrupted and is not wanted, and counts it neither way', async () => {
		const reasons: unknown[] = [];
		const { runner, clock, crashed } = make(async (_step, { signal }) => {
			await clock.sleep(60_000, signal);
			reasons.push(signal.reason);
			signal.throwIfAborted();
		});
		const wanted = propose({ kind: 'pullImage', reference: 'registry.test/b:1' }, true);
		runner.start(propose(pull, true));
		runner.start(wanted);
		runner.start(propose(commit));
		await clock.advance(0);
		runner.cancelExcept(new Set([wanted.id]));
		await clock.advance(0);
		expect(runner.inFlight().map(({ id }) => id)).to.deep.equal([wanted.id, stepIdOf(commit)]);
		expect([reasons.length, runner.hasFailures]).to.deep.equal([1, false]);
		Sinon.assert.notCalled(crashed);
	});

	it('ends the process over a bug, and not over a failure', async () => {
		const bug = new TypeError('undefined is not a function');
		const { runner, clock, crashed } = make((step) => (step.kind === 'pullImage' ? Promise.reject(bug) : busy()));
		runner.start(propose(commit));
		runner.start(propose(pull));
		await clock.advance(0);
		Sinon.assert.calledOnceWithExactly(crashed, bug);
	});

	it('waits at the end for what is short, and not beyond the deadline', async () => {
		const { runner, clock } = make((_step, { signal }) => clock.sleep(5000, signal));
		runner.start(propose(commit));
		await clock.advance(0);
		const deadline = new AbortController();
		const drained = Sinon.stub();
		const draining = runner.drain(deadline.signal).then(drained);
		await clock.advance(1000);
		Sinon.assert.notCalled(drained);
		deadline.abort();
		await draining;
		expect(runner.inFlight()).to.have.length(1);
	});
});
