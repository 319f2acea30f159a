import { expect } from 'chai';
import { MemoryKeeper } from '../../../../src/adapters/system/index.ts';
import { VirtualClock } from '../../../support/virtual-clock.ts';

describe('memory keeper', () => {
	it('collects once for a burst of work, some time after it began, and never at rest', async () => {
		const clock = new VirtualClock();
		let collections = 0;
		const keeper = new MemoryKeeper(clock, () => {
			collections += 1;
		});
		const abort = new AbortController();
		const running = keeper.run(abort.signal);
		await clock.advance(60_000);
		expect(collections).to.equal(0);
		keeper.workDone();
		keeper.workDone();
		await clock.advance(5000);
		keeper.workDone();
		expect(collections).to.equal(0);
		await clock.advance(60_000);
		expect(collections).to.equal(1);
		abort.abort();
		await running;
	});

	it('finds the collector of this program', async () => {
		const clock = new VirtualClock();
		const keeper = new MemoryKeeper(clock);
		const abort = new AbortController();
		const running = keeper.run(abort.signal);
		keeper.workDone();
		await clock.advance(60_000);
		abort.abort();
		await running;
	});
});
