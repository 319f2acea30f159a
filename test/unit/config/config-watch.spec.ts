import { expect } from 'chai';
import Sinon from 'sinon';
import { ConfigWatch } from '../../../src/config/index.ts';
import { OperationalError } from '../../../src/ports/operational-error.ts';
import { silentLog } from '../../support/logs.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';

describe('the watch of config.json', () => {
	async function run(
		act: (parts: { clock: VirtualClock; change: () => void; settle: (is: boolean) => void }) => Promise<void>,
	) {
		const clock = new VirtualClock();
		const end = Sinon.stub();
		const reads: number[] = [];
		let change: () => void = () => undefined;
		let isSettling = false;
		const watch = new ConfigWatch({
			config: {
				read: () => {
					reads.push(clock.now());
					return Promise.reject(new OperationalError('test', 'the settings cannot be read'));
				},
			},
			configJson: { isSettling: () => isSettling },
			watch: (changed) => {
				change = changed;
				return end;
			},
			clock,
			log: silentLog,
		});
		const abort = new AbortController();
		const running = watch.run(abort.signal);
		await act({ clock, change: () => change(), settle: (is) => (isSettling = is) });
		expect(end.callCount).to.equal(0);
		abort.abort();
		await running;
		expect(end.callCount).to.equal(1);
		return reads;
	}

	it('reads the settings once for an edit of several events, and at least every ten minutes', async () => {
		const reads = await run(async ({ clock, change }) => {
			await clock.advance(1000);
			change();
			change();
			await clock.advance(100);
			change();
			await clock.advance(1000);
			await clock.advance(600_000);
		});
		expect(reads.slice(0, 2)).to.deep.equal([0, 1200]);
		expect(reads).to.have.length(3);
	});

	it('reads them again within seconds when a content was seen that cannot be used', async () => {
		const reads = await run(async ({ clock, change, settle }) => {
			await clock.advance(1000);
			settle(true);
			change();
			await clock.advance(200);
			await clock.advance(3000);
			settle(false);
			await clock.advance(60_000);
		});
		expect(reads.slice(0, 3)).to.deep.equal([0, 1200, 4200]);
	});
});
