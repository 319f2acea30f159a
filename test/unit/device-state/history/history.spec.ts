import { expect } from 'chai';
import { BootClockReader, History } from '../../../../src/device-state/index.ts';
import type { HistoryEntry, HistoryEvent } from '../../../../src/domain/history.ts';
import type { HistoryBatch, HistoryStore } from '../../../../src/ports/history-store.ts';
import { OperationalError } from '../../../../src/ports/operational-error.ts';
import { silentLog } from '../../../support/logs.ts';
import { VirtualClock } from '../../../support/virtual-clock.ts';

const NEWEST = { order: 'newest', limit: 100 } as const;
const event = (sentence: string, more: Partial<HistoryEvent> = {}): HistoryEvent => ({
	...{ kind: 'step', event: 'done', sentence },
	...more,
});

/** Only what reaches the table counts here; the table has its own test. */
class WrittenBatches implements HistoryStore {
	readonly batches: HistoryBatch[] = [];
	rows: HistoryEntry[] = [];
	isBroken = false;

	lastId(): Promise<number> {
		return this.#answer(this.rows.at(-1)?.id ?? 0);
	}

	async write(batch: HistoryBatch): Promise<number> {
		await this.#answer(0);
		this.batches.push(batch);
		const { isSynchronised } = batch.clock;
		this.rows = [...this.rows, ...batch.entries.map((entry) => ({ ...entry, isSynchronised }))];
		return 0;
	}

	list(_query: object, { limit }: { readonly limit: number }): Promise<readonly HistoryEntry[]> {
		return this.#answer([...this.rows].reverse().slice(0, limit));
	}

	heldReasons() {
		return this.#answer(this.batches.findLast(({ reasons }) => reasons !== undefined)?.reasons ?? []);
	}

	#answer<T>(answer: T): Promise<T> {
		return this.isBroken ? Promise.reject(new OperationalError('database-full', 'no space')) : Promise.resolve(answer);
	}
}

describe('the history', () => {
	let clock: VirtualClock;
	let store: WrittenBatches;
	let aborts: AbortController[];
	let wallOffset: number;
	let isClockSet: () => Promise<boolean>;

	beforeEach(() => {
		clock = new VirtualClock();
		store = new WrittenBatches();
		aborts = [];
		wallOffset = 0;
		isClockSet = () => Promise.resolve(true);
	});
	afterEach(() => {
		for (const abort of aborts) abort.abort();
	});

	async function start(boot = 'b1'): Promise<{ readonly history: History; readonly kill: () => void }> {
		const shifted = {
			now: () => clock.now(),
			wall: () => new Date(clock.wall().getTime() + wallOffset),
			sleep: (ms: number, signal: AbortSignal) => clock.sleep(ms, signal),
			random: () => 0.5,
		};
		const history = new History({
			store,
			bootClock: new BootClockReader({
				clock: shifted,
				readBootId: () => Promise.resolve(boot),
				uptimeMs: () => clock.now() + 30_000,
				isSynchronised: () => isClockSet(),
			}),
			version: '20.0.0',
			redact: (text) => text.replaceAll('s3cret', '•••'),
			clock: shifted,
			log: silentLog,
		});
		await history.start();
		const abort = new AbortController();
		aborts.push(abort);
		void history.run(abort.signal);
		return { history, kill: () => abort.abort() };
	}

	const sentences = () => store.rows.map(({ sentence }) => sentence);

	it('v3-api 6.2: is written once in five seconds while things happen, and never at rest', async () => {
		const { history } = await start();
		for (let second = 0; second < 20; second++) {
			history.record(event(`event ${second}`));
			await clock.advance(1000);
		}
		expect(store.batches.length).to.be.within(3, 4);
		await clock.advance(10_000);
		const { length } = store.batches;
		expect(store.rows).to.have.length(21);
		await clock.advance(86_400_000);
		expect(store.batches).to.have.length(length);
	});

	it('v3-api #5: a power cut loses at most five seconds, a stop nothing', async () => {
		const { history, kill } = await start();
		history.record(event('early'));
		await clock.advance(5000);
		history.record(event('late'));
		await clock.advance(4900);
		kill();
		expect(sentences()).to.include('early').and.not.include('late');
		await history.stop();
		expect(sentences()).to.include('late');
		expect(sentences().at(-1)).to.equal('the supervisor stops in order');
	});

	it('keeps repeats together before they are written, with the first and the last time', async () => {
		const { history } = await start();
		for (let n = 0; n < 10; n++) {
			history.record(event('again', { details: { seconds: n } }));
			await clock.advance(100);
		}
		await clock.advance(5000);
		const row = store.rows.find(({ sentence }) => sentence === 'again');
		expect(row).to.deep.include({ count: 10, id: 11, details: { seconds: 9 } });
		expect((row?.lastAt ?? 0) - (row?.firstAt ?? 0)).to.equal(900);
	});

	it('answers with what is not written yet, and gives each event to listeners at once', async () => {
		const { history } = await start();
		const heard: HistoryEntry[] = [];
		const stop = history.onEvent((entry) => heard.push(entry));
		await clock.advance(5000);
		history.record(event('new'));
		expect((await history.list({}, NEWEST)).map(({ sentence }) => sentence)[0]).to.equal('new');
		expect(heard.map(({ id, count, sentence }) => [id, count, sentence])).to.deep.equal([[2, 1, 'new']]);
		stop();
		history.record(event('unheard'));
		expect(heard).to.have.length(1);
	});

	it('holds no keys of the device', async () => {
		const { history } = await start();
		history.record(event('key s3cret', { details: { error: 's3cret', lines: ['a s3cret b'] } }));
		await clock.advance(5000);
		expect(JSON.stringify(store.rows)).to.include('•••').and.not.include('s3cret');
	});

	it('loses the oldest while the database cannot be written, and says how many', async () => {
		const { history } = await start();
		await clock.advance(5000);
		store.isBroken = true;
		for (let n = 0; n < 700; n++) history.record(event(`event ${n}`));
		await clock.advance(60_000);
		history.record(event('event 699'));
		store.isBroken = false;
		await clock.advance(20_000);
		const steps = store.rows.filter(({ kind }) => kind === 'step');
		expect(steps).to.have.length(500);
		expect(steps.at(-1)).to.deep.include({ sentence: 'event 699', count: 2 });
		expect(store.rows.at(-1)).to.deep.include({ kind: 'storage', event: 'lost', details: { events: 200 } });
	});

	it('v3-api #5: a database that fails costs the history, never the start or the stop', async () => {
		store.isBroken = true;
		const { history, kill } = await start();
		history.record(event('any'));
		await clock.advance(60_000);
		kill();
		await history.stop();
		expect(store.batches).to.deep.equal([]);
	});

	describe('the start', () => {
		it('does not wait for a service of the host', async () => {
			isClockSet = () => new Promise(() => undefined);
			await start();
		});

		const lastStart = () => store.rows.findLast(({ kind, event: word }) => kind === 'start' && word === 'started');

		it('says how the last run ended', async () => {
			const first = await start();
			await first.history.stop();
			first.kill();
			expect(lastStart()?.sentence).to.equal('supervisor 20.0.0 starts; no earlier run is known');
			const second = await start();
			await clock.advance(5000);
			expect(lastStart()?.sentence).to.equal('supervisor 20.0.0 starts; the last run ended in order');
			second.kill();
			const third = await start();
			await clock.advance(5000);
			expect(lastStart()?.sentence).to.equal('supervisor 20.0.0 starts; the last run was killed or crashed');
			third.history.failed(new Error('a bug'));
			await third.history.stop();
			third.kill();
			const fourth = await start();
			await clock.advance(5000);
			expect(lastStart()?.sentence).to.equal('supervisor 20.0.0 starts; the last run ended after an error: a bug');
			fourth.kill();
			await start('b2');
			await clock.advance(5000);
			expect(lastStart()?.sentence).to.include('the power was cut');
		});
	});

	describe('the clock', () => {
		it('v3-api #5: set by decades: what waits gets the right time, and the jump is an event', async () => {
			isClockSet = () => Promise.resolve(false);
			wallOffset = -Date.UTC(2026, 0, 1);
			const { history } = await start();
			history.record(event('early'));
			await clock.advance(5000);
			expect(store.rows.at(-1)).to.deep.include({ isSynchronised: false, sentence: 'early' });
			expect(store.rows.at(-1)?.lastAt).to.be.lessThan(10_000);
			history.record(event('waiting'));
			wallOffset = 0;
			isClockSet = () => Promise.resolve(true);
			await clock.advance(60_000);
			const [waiting] = store.rows.filter(({ sentence }) => sentence === 'waiting');
			expect(waiting?.lastAt).to.equal(Date.UTC(2026, 0, 1) + 5000);
			const [jump] = store.rows.filter(({ kind }) => kind === 'clock');
			expect(jump).to.deep.include({ event: 'set', details: { seconds: Date.UTC(2026, 0, 1) / 1000 } });
			expect(store.batches.at(-1)?.clock).to.include({ boot: 'b1', bootedAt: Date.UTC(2026, 0, 1) - 30_000 });
		});

		it('is put right for each reader, also when nothing happens any more', async () => {
			isClockSet = () => Promise.resolve(false);
			const { history } = await start();
			await clock.advance(5000);
			const { length } = store.batches;
			isClockSet = () => Promise.resolve(true);
			await clock.advance(3_600_000);
			expect(store.batches).to.have.length(length);
			await history.list({}, NEWEST);
			expect(store.batches.at(-1)).to.deep.include({ entries: [] });
			expect(store.batches.at(-1)?.clock.isSynchronised).to.equal(true);
		});

		it('counts as set where that is unknown, unless it is impossible', async () => {
			isClockSet = () => Promise.reject(new OperationalError('bus-missing', 'no bus'));
			await start();
			await clock.advance(5000);
			expect(store.batches.at(-1)?.clock.isSynchronised).to.equal(true);
			wallOffset = -Date.UTC(2026, 0, 1);
			await start();
			await clock.advance(5000);
			expect(store.batches.at(-1)?.clock.isSynchronised).to.equal(false);
		});
	});

	describe('the beginnings of reasons', () => {
		it('v3-api 3.4: survive a restart of the supervisor', async () => {
			const first = await start();
			await clock.advance(60_000);
			first.history.keep([
				{ id: 'web', since: 10_000 },
				{ id: 'db', since: 20_000 },
			]);
			await clock.advance(5000);
			first.kill();
			await clock.advance(100_000);
			const { history } = await start();
			await clock.advance(5000);
			expect(history.sinceOf('web')).to.equal(10_000);
			expect(history.sinceOf('web')).to.equal(undefined); // what comes again later begins anew
			expect(history.sinceOf('other')).to.equal(undefined);
			await clock.advance(700_000);
			expect(history.sinceOf('db')).to.equal(undefined);
		});

		it('are written when other reasons hold, and no reason begins in the future', async () => {
			const { history, kill } = await start();
			history.keep([{ id: 'web', since: 0 }]);
			await clock.advance(5000);
			const { length } = store.batches;
			for (let n = 0; n < 10; n++) {
				history.keep([{ id: 'web', since: 0 }]);
				await clock.advance(5000);
			}
			expect(store.batches).to.have.length(length);
			kill();
			wallOffset = -3_600_000;
			const next = await start();
			expect(next.history.sinceOf('web')).to.equal(clock.now());
		});
	});
});
