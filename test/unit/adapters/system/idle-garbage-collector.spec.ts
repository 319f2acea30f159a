import { constants, PerformanceObserver } from 'node:perf_hooks';
import { expect } from 'chai';
import Sinon from 'sinon';
import { IdleGarbageCollector } from '../../../../src/adapters/system/index.ts';
import { VirtualClock } from '../../../support/virtual-clock.ts';

describe('memory keeper', () => {
	it('collects once for a burst of work, some time after it began, and never at rest', async () => {
		const clock = new VirtualClock();
		const collect = Sinon.stub();
		const keeper = new IdleGarbageCollector(clock, collect);
		const abort = new AbortController();
		const running = keeper.run(abort.signal);
		await clock.advance(60_000);
		Sinon.assert.notCalled(collect);
		keeper.collectSoon();
		keeper.collectSoon();
		await clock.advance(5000);
		keeper.collectSoon();
		Sinon.assert.notCalled(collect);
		await clock.advance(60_000);
		Sinon.assert.calledOnce(collect);
		abort.abort();
		await running;
	});

	it('has the collector of this program look at all of the memory, not at what is new alone', async () => {
		const kinds: unknown[] = [];
		const observer = new PerformanceObserver((list) => {
			// The types leave out what Node adds to entries of this kind.
			const entries = list.getEntries() as unknown as readonly { readonly detail: { readonly kind: number } }[];
			kinds.push(...entries.map(({ detail }) => detail.kind));
		});
		observer.observe({ entryTypes: ['gc'] });
		const clock = new VirtualClock();
		const keeper = new IdleGarbageCollector(clock);
		const abort = new AbortController();
		const running = keeper.run(abort.signal);
		keeper.collectSoon();
		await clock.advance(60_000);
		for (let turn = 0; turn < 1000 && !kinds.includes(constants.NODE_PERFORMANCE_GC_MAJOR); turn++) {
			await new Promise(setImmediate);
		}
		observer.disconnect();
		expect(kinds).to.include(constants.NODE_PERFORMANCE_GC_MAJOR);
		abort.abort();
		await running;
	});
});
