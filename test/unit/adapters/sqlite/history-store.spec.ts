import { fork } from 'node:child_process';
import { once } from 'node:events';
import { expect } from 'chai';
import { SqliteHistoryStore } from '../../../../src/adapters/sqlite/history-store.ts';
import { openDatabase, type Database } from '../../../../src/adapters/sqlite/index.ts';
import { Connection } from '../../../../src/adapters/sqlite/connection.ts';
import { Handle } from '../../../../src/adapters/sqlite/handle.ts';
import {
	HISTORY_KINDS,
	HISTORY_LIMITS,
	limitEvent,
	sizeOf,
	type HistoryEvent,
} from '../../../../src/domain/history.ts';
import type { BootClock, NewHistoryEntry } from '../../../../src/ports/history-store.ts';
import { silentLog } from '../../../support/logs.ts';
import { RawDatabase, makeTempDirectory } from './raw-database.ts';

const AT = Date.UTC(2026, 5, 1);
const CLOCK: BootClock = { boot: 'b1', bootedAt: AT - 60_000, isSynchronised: true };
const NEWEST = { order: 'newest', limit: 10_000 } as const;

function entry(id: number, event: Partial<HistoryEvent> = {}, at = AT + id): NewHistoryEntry {
	return {
		...{ kind: 'step', event: 'done', appId: 1, serviceName: 'web', sentence: `number ${id}` },
		...event,
		...{ id, count: 1, firstAt: at, lastAt: at },
	};
}

describe('the table of what happened', () => {
	let directory: Awaited<ReturnType<typeof makeTempDirectory>>;
	let path: string;
	let raw: RawDatabase;
	let opened: Database[];

	beforeEach(async () => {
		directory = await makeTempDirectory();
		path = `${directory.path}/database.sqlite`;
		raw = new RawDatabase(path);
		opened = [];
	});
	afterEach(async () => {
		await Promise.all(opened.map((database) => database.close()));
		await directory.remove();
	});

	async function open(): Promise<Database> {
		const database = await openDatabase({ path, log: silentLog });
		opened.push(database);
		return database;
	}

	const write = (store: SqliteHistoryStore, entries: readonly NewHistoryEntry[], clock = CLOCK) =>
		store.write({ entries, clock });

	it('gives back what was written, the newest or the oldest first, in pages', async () => {
		const { history } = await open();
		const details = { seconds: 1.5, lines: ['a', 'b'] };
		await write(history, [
			entry(1, { kind: 'start', appId: undefined, serviceName: undefined }),
			entry(2, { details, appUuid: 'u1' }),
			entry(3, { appId: 2, serviceName: 'db', kind: 'service' }),
		]);
		const ids = async (query: Parameters<typeof history.list>[0], page = NEWEST) =>
			(await history.list(query, page)).map(({ id }) => id);
		expect(await ids({})).to.deep.equal([3, 2, 1]);
		expect(await history.list({ after: 0 }, { order: 'oldest', limit: 1 })).to.deep.equal([
			{
				...{ id: 1, kind: 'start', event: 'done', sentence: 'number 1', count: 1 },
				...{ firstAt: AT + 1, lastAt: AT + 1, isSynchronised: true },
			},
		]);
		expect((await history.list({ before: 3 }, { order: 'newest', limit: 1 }))[0]).to.include({ id: 2, appUuid: 'u1' });
		expect((await history.list({ appIds: [1] }, NEWEST))[0]?.details).to.deep.equal(details);
		expect(await ids({ serviceName: 'db' })).to.deep.equal([3]);
		expect(await ids({ kinds: ['start', 'service'] })).to.deep.equal([3, 1]);
		expect(await ids({ since: AT + 2 })).to.deep.equal([3, 2]);
		expect(await ids({ until: AT + 2 })).to.deep.equal([2, 1]);
		expect(await ids({ appIds: [] })).to.deep.equal([]);
	});

	it('keeps repeats in one row, which moves to the front; after an hour it is a row of its own', async () => {
		const { history } = await open();
		const again = (id: number, at: number) => entry(id, { sentence: 'again' }, at);
		await write(history, [again(1, AT), entry(2)]);
		await write(history, [{ ...again(3, AT + 60_000), count: 4, lastAt: AT + 90_000 }]);
		const [first, second] = await history.list({}, NEWEST);
		expect(first).to.include({ id: 3, count: 5, firstAt: AT, lastAt: AT + 90_000, sentence: 'again' });
		expect(second).to.include({ id: 2 });
		await write(history, [again(4, AT + 2 * 3_600_000)]);
		expect((await history.list({}, NEWEST)).map(({ id, count }) => [id, count])).to.deep.equal([
			[4, 1],
			[3, 5],
			[2, 1],
		]);
		expect(await history.lastId()).to.equal(4);
	});

	it('never gives an id twice, also to one who counts from an older number', async () => {
		const { history } = await open();
		await write(history, [entry(7)]);
		expect(await write(history, [entry(3, { sentence: 'three' }), entry(4, { sentence: 'four' })])).to.equal(5);
		expect((await history.list({}, NEWEST)).map(({ id }) => id)).to.deep.equal([9, 8, 7]);
		await write(history, [entry(12, { sentence: 'three' }, AT + 5)]); // a repeat
		await raw.exec('delete from history');
		expect(await history.lastId()).to.equal(12);
	});

	it('v3-api #5: full: the oldest go, and a crash loop cannot push out an update of last week', async () => {
		await open();
		const store = storeWith({ rows: 500, bytes: 10_000_000, floor: 10 });
		await write(store, [entry(1, { kind: 'release', sentence: 'the update' })]);
		for (let batch = 0; batch < 12; batch++) {
			await write(
				store,
				Array.from({ length: 100 }, (_, n) => entry(2 + batch * 100 + n)),
			);
			expect((await store.list({}, NEWEST)).length).to.be.at.most(500);
		}
		const kept = await store.list({}, NEWEST);
		expect(kept.length).to.be.at.least(390);
		expect(kept.at(-1)).to.include({ id: 1, sentence: 'the update' });
		expect(kept[0]).to.include({ id: 1201 });
		const steps = kept.filter(({ kind }) => kind === 'step').map(({ id }) => id);
		expect(steps).to.deep.equal(Array.from({ length: steps.length }, (_, n) => 1201 - n)); // the newest, without a gap
	});

	it('v3-api #5: full of long texts: stays below its size, and the newest of each kind stay', async () => {
		await open();
		const store = storeWith({ rows: 5000, bytes: 50_000, floor: 3 });
		const long = 'x'.repeat(390);
		for (let n = 0; n < 20; n++) {
			await write(
				store,
				HISTORY_KINDS.map((kind, index) => entry(1 + n * 12 + index, { kind, sentence: `${long}${n}` })),
			);
		}
		const [size] = await raw.pluck('select sum(bytes) from history');
		expect(size).to.be.at.most(50_000);
		for (const kind of HISTORY_KINDS) {
			expect((await store.list({ kinds: [kind] }, NEWEST)).length, kind).to.be.at.least(3);
		}
	});

	it('v3-api #5: holds what it promises of each kind within its size, whatever the texts are', () => {
		const long = 'ä'.repeat(100_000);
		const lines = Array.from({ length: 50 }, () => long);
		for (const details of [{ long }, { a: long, b: long, c: long }, { lines }, { n: 1 }]) {
			const largest = limitEvent({
				...{
					kind: 'step',
					event: 'done',
					appId: 1,
					appUuid: 'f'.repeat(64),
					serviceName: long,
					sentence: long,
					details,
				},
			});
			const size = sizeOf(largest, JSON.stringify(largest.details ?? {}));
			expect(HISTORY_KINDS.length * HISTORY_LIMITS.floor * size).to.be.at.most(HISTORY_LIMITS.bytes);
		}
	});

	it('v3-api #5: times of a boot whose clock was not set are put right when it is, by decades too', async () => {
		const { history } = await open();
		const early: BootClock = { boot: 'b1', bootedAt: 0, isSynchronised: false };
		await write(history, [entry(1, {}, 5000)], early);
		await write(history, [entry(2, {}, 6000)], { ...early, boot: 'b0' }); // an earlier boot: its time is unknown
		expect((await history.list({}, NEWEST)).map(({ isSynchronised }) => isSynchronised)).to.deep.equal([false, false]);
		await write(history, [entry(3)], CLOCK);
		expect(await history.list({}, NEWEST)).to.containSubset([
			{ id: 3, isSynchronised: true },
			{ id: 2, isSynchronised: false, lastAt: 6000 },
			{ id: 1, isSynchronised: true, firstAt: CLOCK.bootedAt + 5000, lastAt: CLOCK.bootedAt + 5000 },
		]);
		const ahead: BootClock = { boot: 'b1', bootedAt: CLOCK.bootedAt - 86_400_000, isSynchronised: true };
		await write(history, [entry(4)], ahead); // it was good, and a user sets it by hand
		expect((await history.list({}, NEWEST)).at(-1)).to.include({ lastAt: CLOCK.bootedAt + 5000 });
	});

	it('v3-api #5: survives kill -9 at any moment: whole rows, and ids go on', async function () {
		this.timeout(60_000);
		for (let turn = 0; turn < 3; turn++) {
			const writer = fork(new URL('keep-noting.ts', import.meta.url), [path], { execArgv: ['--import', 'tsx'] });
			await new Promise<void>((resolve) => {
				writer.on('message', () => {
					resolve();
				});
			});
			await new Promise((resolve) => setTimeout(resolve, 40 + turn * 60)); // it is another process that writes
			writer.kill('SIGKILL');
			await once(writer, 'exit');
			const database = await open();
			expect(await raw.pluck('pragma quick_check')).to.deep.equal(['ok']);
			const rows = await database.history.list({}, NEWEST);
			const lastId = await database.history.lastId();
			expect(rows.length).to.be.greaterThan(0);
			expect(rows[0]?.id).to.equal(lastId);
			expect(rows.length % 2).to.equal(0); // each batch has two rows
			await database.close();
			opened = [];
		}
	});

	it('v3-api #5: a table that is lost or damaged costs the history only', async () => {
		const first = await open();
		await write(first.history, [entry(1)]);
		await raw.exec('drop table history');
		await write(first.history, [entry(2)]); // the file is rebuilt while it runs
		expect((await first.history.list({}, NEWEST)).map(({ id }) => id)).to.deep.equal([2]);
		await raw.exec(`update history set details = 'no json', kind = 'step'`);
		await raw.exec(
			`insert into history (kind, event, sentence, identity, count, firstAt, lastAt, isSynchronised, boot, bootedAt, bytes) ` +
				`values ('of a newer version', 'x', 'x', 'x', 1, 1, 1, 1, '', 0, 1)`,
		);
		const [row, ...others] = await first.history.list({}, NEWEST);
		expect([row?.details, others]).to.deep.equal([undefined, []]);
	});

	it('v3-api 3.4: knows which reasons held last', async () => {
		const { history } = await open();
		expect(await history.heldReasons()).to.deep.equal([]);
		await history.write({ entries: [], reasons: [{ id: 'r1', since: AT }], clock: CLOCK });
		await history.write({ entries: [entry(1)], clock: CLOCK });
		expect(await history.heldReasons()).to.deep.equal([{ id: 'r1', since: AT }]);
		await history.write({ entries: [], reasons: [], clock: CLOCK });
		expect(await history.heldReasons()).to.deep.equal([]);
	});

	function storeWith(limits: ConstructorParameters<typeof SqliteHistoryStore>[1]): SqliteHistoryStore {
		const connection = new Connection(new Handle(path));
		opened.push({ close: () => connection.close() } as Database); // all that is needed of it
		return new SqliteHistoryStore(connection, limits);
	}
});
