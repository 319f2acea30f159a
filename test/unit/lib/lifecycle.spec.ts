import { expect } from 'chai';
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
		const failed: string[] = [];
		const abort = new AbortController();
		abort.abort();
		const hangs = component('c', { run: () => new Promise(() => undefined) });
		const breaks = component('b', { stop: () => Promise.reject(new Error('stuck')) });
		const started = new AbortController();
		const running = runComponents([component('a'), breaks, hangs], started.signal, {
			stopMs: 50,
			stopFailed: (name) => failed.push(name),
		});
		setTimeout(() => {
			started.abort();
		}, 5);
		await running;
		expect(failed).to.deep.equal(['b']);
		expect(seen.slice(-2)).to.deep.equal(['stop c', 'stop a']);
	});
});
