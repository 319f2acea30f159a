import { getEventListeners } from 'node:events';
import { expect } from 'chai';
import { waitFor } from '../../../src/lib/wait-for.ts';
import { WakeSignal } from '../../../src/lib/wake-signal.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';

describe('waiting for a wake or for a time', () => {
	it('ends with the first of them, says which, and leaves no listener', async () => {
		const clock = new VirtualClock();
		const wake = new WakeSignal<'now'>();
		const { signal } = new AbortController();
		const first = waitFor({ wake, ms: 1000, clock, signal });
		await clock.advance(999);
		wake.wake('now');
		expect(await first).to.equal('wake');
		expect(wake.take()).to.deep.equal(['now']);
		const second = waitFor({ wake, ms: 1000, clock, signal });
		await clock.advance(1000);
		expect(await second).to.equal('time');
		expect(getEventListeners(signal, 'abort')).to.deep.equal([]);
	});

	it('ends with an abort', async () => {
		const controller = new AbortController();
		const waiting = waitFor({
			...{ wake: new WakeSignal(), ms: 1000, clock: new VirtualClock() },
			signal: controller.signal,
		});
		controller.abort();
		await waiting;
	});
});
