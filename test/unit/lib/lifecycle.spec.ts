import { expect } from 'chai';
import Sinon from 'sinon';
import { runComponents, type Component } from '../../../src/lib/lifecycle.ts';

describe('lifecycle', () => {
	const options = { stopMs: 200, stopFailed: () => undefined };
	const until = (signal: AbortSignal) =>
		new Promise<void>((resolve) => {
			signal.addEventListener('abort', () => {
				resolve();
			});
		});
	const recorder = () => {
		const seen: string[] = [];
		const component = (name: string, rest: Partial<Component> = {}): Component => ({
			name,
			start: () => {
				seen.push(`start ${name}`);
				return Promise.resolve();
			},
			stop: () => {
				seen.push(`stop ${name}`);
				return Promise.resolve();
			},
			...rest,
		});
		return { seen, component };
	};
	const failureOf = async (run: Promise<void>): Promise<string> => {
		try {
			await run;
		} catch (error) {
			return error instanceof Error ? error.message : String(error);
		}
		return 'no failure';
	};

	it('starts in order and stops in reverse', async () => {
		const { seen, component } = recorder();
		const abort = new AbortController();
		const running = runComponents([component('a'), component('b', { run: until })], abort.signal, options);
		setTimeout(() => {
			abort.abort();
		}, 5);
		await running;
		expect(seen).to.deep.equal(['start a', 'start b', 'stop b', 'stop a']);
	});

	it('gives each part an end of its own, so that many of them do not look like a leak', async () => {
		const abort = new AbortController();
		const { component } = recorder();
		const run = Sinon.spy(until);
		const running = runComponents(
			['a', 'b', 'c'].map((name) => component(name, { run })),
			abort.signal,
			options,
		);
		setTimeout(() => {
			abort.abort();
		}, 5);
		await running;
		const signals = run.args.flat();
		expect(new Set(signals).size).to.equal(3);
		expect(signals.every(({ aborted }) => aborted)).to.equal(true);
	});

	it('ends also what was asked to end while it started', async () => {
		const abort = new AbortController();
		const { seen, component } = recorder();
		const start = () => {
			abort.abort();
			return Promise.resolve();
		};
		const startedAt = performance.now();
		const run = (signal: AbortSignal) => (signal.aborted ? Promise.resolve() : until(signal));
		const stopMs = 5000;
		await runComponents([component('a', { start, run })], abort.signal, { ...options, stopMs });
		expect(seen).to.deep.equal(['stop a']);
		expect(performance.now() - startedAt).to.be.lessThan(stopMs);
	});

	it('stops what has started when a start fails, and says why', async () => {
		const { seen, component } = recorder();
		const broken = component('b', { start: () => Promise.reject(new Error('no disk')) });
		const run = runComponents([component('a'), broken, component('c')], new AbortController().signal, options);
		expect(await failureOf(run)).to.equal('no disk');
		expect(seen).to.deep.equal(['start a', 'stop a']);
	});

	it('takes a loop that ends by itself for a failure', async () => {
		const { component } = recorder();
		const run = runComponents(
			[component('a', { run: () => Promise.resolve() })],
			new AbortController().signal,
			options,
		);
		expect(await failureOf(run)).to.equal('component a ended by itself');
	});

	it('stops the others when one cannot be stopped, and gives up on one that hangs', async () => {
		const { seen, component } = recorder();
		const stopFailed = Sinon.stub();
		const abort = new AbortController();
		abort.abort();
		const hangs = component('c', { run: () => new Promise(() => undefined) });
		const breaks = component('b', { stop: () => Promise.reject(new Error('stuck')) });
		const started = new AbortController();
		const running = runComponents([component('a'), breaks, hangs], started.signal, {
			stopMs: 50,
			stopFailed,
		});
		setTimeout(() => {
			started.abort();
		}, 5);
		await running;
		Sinon.assert.calledOnceWithExactly(stopFailed, 'b', Sinon.match({ message: 'stuck' }));
		expect(seen.slice(-2)).to.deep.equal(['stop c', 'stop a']);
	});
});
