import { expect } from 'chai';
import { openDatabase } from '../../../../src/adapters/sqlite/index.ts';
import { silentLog } from '../../../support/logs.ts';
import { VirtualClock } from '../../../support/virtual-clock.ts';
import { makeTempDirectory } from './raw-database.ts';

describe('the memory of crashes', () => {
	const crash = { containerId: 'c1', exitCode: 1, error: '', lines: ['fatal'] };

	it('lets a service wait ten seconds, then twice as long each time, up to five minutes', async () => {
		const directory = await makeTempDirectory();
		const clock = new VirtualClock();
		const database = await openDatabase({ path: `${directory.path}/database.sqlite`, log: silentLog });
		try {
			const store = database.crashStore(clock);
			const pauses: number[] = [];
			for (let turn = 0; turn < 7; turn++) {
				await store.note(crash, false);
				pauses.push(((await store.list()).get('c1')?.until ?? 0) - clock.now());
			}
			expect(pauses).to.deep.equal([10_000, 20_000, 40_000, 80_000, 160_000, 300_000, 300_000]);
			await store.note(crash, true);
			expect((await store.list()).get('c1')).to.deep.equal({ ...crash, restarts: 1, until: clock.now() + 10_000 });
		} finally {
			await database.close();
			await directory.remove();
		}
	});

	it('outlives the supervisor, and a clock that jumps', async () => {
		const directory = await makeTempDirectory();
		const clock = new VirtualClock();
		const path = `${directory.path}/database.sqlite`;
		const first = await openDatabase({ path, log: silentLog });
		await first.crashStore(clock).note(crash, false);
		await first.close();
		const second = await openDatabase({ path, log: silentLog });
		try {
			await clock.advance(4000);
			const at = clock.now();
			expect((await second.crashStore(clock).list()).get('c1')).to.deep.equal({
				...crash,
				restarts: 1,
				until: at + 6000,
			});
			const past = { now: () => at, wall: () => new Date(0) };
			const future = { now: () => at, wall: () => new Date('2100-01-01') };
			expect((await second.crashStore(past).list()).get('c1')?.until).to.equal(at + 10_000);
			expect((await second.crashStore(future).list()).get('c1')?.until).to.equal(at);
		} finally {
			await second.close();
			await directory.remove();
		}
	});
});
