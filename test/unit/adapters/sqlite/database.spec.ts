import { fork } from 'node:child_process';
import { once } from 'node:events';
import { chmod, readFile, stat, writeFile } from 'node:fs/promises';
import { expect } from 'chai';
import Sinon from 'sinon';
import { openDatabase, type Database } from '../../../../src/adapters/sqlite/index.ts';
import { Handle } from '../../../../src/adapters/sqlite/handle.ts';
import { migrate } from '../../../../src/adapters/sqlite/migrate.ts';
import { MIGRATIONS, OWN_MIGRATIONS, type Migration } from '../../../../src/adapters/sqlite/migration-list.ts';
import { MigrationConfigJson } from '../../../../src/adapters/sqlite/migration-config-json.ts';
import { isAborted } from '../../../../src/lib/is-aborted.ts';
import { silentLog } from '../../../support/logs.ts';
import { OWN_TABLES, RawDatabase, makeTempDirectory, rejectionOf } from './raw-database.ts';

describe('database file', () => {
	let directory: Awaited<ReturnType<typeof makeTempDirectory>>;
	let path: string;
	let raw: RawDatabase;
	let opened: Database[];
	let now: number;

	beforeEach(async () => {
		directory = await makeTempDirectory();
		path = `${directory.path}/database.sqlite`;
		raw = new RawDatabase(path);
		opened = [];
		now = 0;
	});

	afterEach(async () => {
		await Promise.all(opened.map((database) => database.close()));
		await directory.remove();
	});

	async function open(): Promise<Database> {
		const database = await openDatabase({ path, log: silentLog, nowMs: () => now });
		opened.push(database);
		return database;
	}

	/** Kills a process that writes the file, so long after it has said that it has come so far. */
	async function killWriter(when: 'opening' | 'writing', delayMs: number): Promise<void> {
		const script = new URL('./keep-writing.ts', import.meta.url);
		const child = fork(script, [path], { execArgv: ['--import', 'tsx'] });
		for (let said: unknown = ''; said !== when;) {
			[said] = (await once(child, 'message')) as readonly unknown[];
		}
		await new Promise((resolve) => setTimeout(resolve, delayMs)); // a real process dies at a real time
		child.kill('SIGKILL');
		await once(child, 'exit');
	}

	it('is private from its first moment', async () => {
		const mask = process.umask(0);
		try {
			await open();
		} finally {
			process.umask(mask);
		}
		expect((await stat(path)).mode & 0o777).to.equal(0o600);
	});

	it('of an earlier supervisor is closed to others too, and its folder stays as it is', async () => {
		await writeFile(path, '', { mode: 0o644 });
		await writeFile(`${path}-journal`, '', { mode: 0o644 });
		await chmod(directory.path, 0o755);
		await open();
		const { mode } = await stat(path);
		expect([mode & 0o777, (await stat(directory.path)).mode & 0o777]).to.deep.equal([0o600, 0o755]);
		const journal = await stat(`${path}-journal`).catch(() => undefined);
		expect((journal?.mode ?? 0o600) & 0o777).to.equal(0o600);
	});

	it('reports every key, old or new, before it can be used', async () => {
		const made = await (await open()).keys.serviceKey(1, 'web');
		const { keys } = await open();
		const keySeen = Sinon.stub<[string]>();
		keys.watch(keySeen);
		await keys.scopesOf('unknown');
		Sinon.assert.calledOnceWithExactly(keySeen, made);
		const renewed = await keys.regenerate(made);
		Sinon.assert.calledWithExactly(keySeen, renewed!);
		Sinon.assert.calledWithExactly(keySeen, made);
	});

	it('never names values in an error, because they may be keys', async () => {
		const database = await open();
		await raw.exec("create trigger fail before insert on config begin select raise(abort, 'no'); end");
		const error = await rejectionOf(database.settings.write(new Map([['name', 'secret-value']])));
		expect(JSON.stringify([error.message, error.stack, error.cause])).not.to.include('secret-value');
		expect(error.message).to.include(path);
	});

	it('database #32: another process can write at any time, and its rows are seen and kept', async () => {
		const database = await open();
		const stop = new AbortController();
		const load = (async () => {
			for (let n = 0; !isAborted(stop.signal); n += 1) {
				await database.commits.save(1, `c${n}`);
			}
		})();
		await raw.exec(
			"insert into config values ('listenPortOverride', 48480) on conflict (key) do update set value = excluded.value",
		);
		stop.abort();
		await load;
		for (let n = 0; n < 10; n += 1) {
			await (await openDatabase({ path, log: silentLog })).close();
		}
		expect([...(await database.settings.read(['listenPortOverride']))]).to.deep.equal([
			['listenPortOverride', '48480'],
		]);
	});

	it('works after a COMMIT that found the file busy', async () => {
		const database = await open();
		const reader = new Handle(path);
		let release: () => void = () => undefined;
		const reading = reader.query(async (db) => {
			await db.raw('BEGIN');
			await db.raw('SELECT * FROM config');
			await new Promise<void>((resolve) => {
				release = resolve;
			});
			await db.raw('COMMIT');
		});
		await new Promise((resolve) => setTimeout(resolve, 50)); // the reader's lock is the file's, not ours to await
		const error = await rejectionOf(database.settings.write(new Map([['name', 'new']])));
		release();
		await reading;
		await reader.close();
		expect(error.code).to.equal('database-busy');
		expect([...(await database.settings.read(['name']))]).to.deep.equal([]);
		await database.settings.write(new Map([['name', 'newer']]));
		expect(await raw.pluck("select value from config where key = 'name'")).to.deep.equal(['newer']);
	});

	it('asks the database for images and commits once', async () => {
		const database = await open();
		const before = [await database.images.list(), await database.commits.list()];
		await raw.exec(
			"insert into image (name) values ('x'); insert into currentCommit (appId, \"commit\") values (1, 'c')",
		);
		expect(await database.images.list()).to.equal(before[0]);
		expect(await database.commits.list()).to.equal(before[1]);
	});

	it('makes one row of the same image saved by two at once', async () => {
		const { images } = await open();
		const record = { name: 'a:1', appId: 1, serviceId: 1, serviceName: 'main', imageId: 1, releaseId: 1 };
		await Promise.all([images.save(record), images.save(record), images.save(record, 'sha256:a')]);
		expect(await raw.pluck('select dockerImageId from image')).to.deep.equal(['sha256:a']);
	});

	it('database #28: a new global key takes the place of the old one at once', async () => {
		const { keys } = await open();
		const old = await keys.globalKey();
		const key = await keys.regenerate(old);
		expect(await raw.all('select appId, serviceName, key from apiSecret')).to.deep.equal([
			{ appId: 0, serviceName: null, key },
		]);
		expect(key).not.to.equal(old);
		expect(await keys.scopesOf(old)).to.equal(undefined);
		expect(await keys.globalKey()).to.equal(key);
		expect(await keys.regenerate(old)).to.equal(undefined);
	});

	it('renews a key once for two who ask at once: the other would have one that is void already', async () => {
		const { keys } = await open();
		const old = await keys.globalKey();
		const renewed = await Promise.all([keys.regenerate(old), keys.regenerate(old)]);
		expect(renewed).to.deep.equal([await keys.globalKey(), undefined]);
	});

	it('sees a key that another process changed after a minute', async () => {
		const { keys } = await open();
		const key = await keys.serviceKey(5, 'main');
		await keys.scopesOf(key);
		await raw.exec(`update apiSecret set key = '${'e'.repeat(32)}'`);
		now = 59_999;
		expect(await keys.serviceKey(5, 'main')).to.equal(key);
		now = 60_000;
		expect(await keys.serviceKey(5, 'main')).to.equal('e'.repeat(32));
		expect(await keys.scopesOf(key)).to.equal(undefined);
	});

	for (const scopes of ['[{"type":"app","appId":6}]', '{broken', '[]']) {
		it(`replaces a service key with the scopes ${scopes}`, async () => {
			const { keys } = await open();
			await raw.exec(
				`insert into apiSecret (appId, serviceName, key, scopes) values (5, 'main', '${'d'.repeat(32)}', '${scopes}')`,
			);
			const key = await keys.serviceKey(5, 'main');
			expect(key).not.to.equal('d'.repeat(32));
			expect(await raw.pluck('select key from apiSecret')).to.deep.equal([key]);
		});
	}

	it('database #29: keeps one snapshot of the engine', async () => {
		const { snapshots } = await open();
		const snapshot = { containers: ['c'], images: ['i'], volumes: [], networks: ['n'] };
		expect(await snapshots.read()).to.equal(undefined);
		await snapshots.save({ ...snapshot, images: [] }, new Date(0));
		await snapshots.save(snapshot, new Date(1000));
		expect(await snapshots.read()).to.deep.equal({ snapshot, takenAt: '1970-01-01T00:00:01.000Z' });
		expect(await raw.pluck('select count(*) from engineSnapshot')).to.deep.equal([1]);
		await snapshots.remove();
		expect(await snapshots.read()).to.equal(undefined);
		await raw.exec("insert into engineSnapshot values ('{broken', '')");
		expect((await rejectionOf(snapshots.read())).code).to.equal('database-corrupt-value');
	});

	it('keeps uniqueness where the table does not: `config` of very old files', async () => {
		await raw.execFixture('pre-v7-empty');
		const { settings } = await open();
		await settings.write(new Map([['name', 'a']]));
		await settings.write(new Map([['name', 'b']]));
		expect(await raw.pluck("select value from config where key = 'name'")).to.deep.equal(['b']);
	});

	it('tracks its own migrations in a table of its own', async () => {
		await (await open()).close();
		opened = [];
		const own: readonly Migration[] = [
			{ name: 'requests', up: (db) => db.schema.createTable('request', (table) => table.text('id')) },
		];
		const handle = new Handle(path);
		const configJson = new MigrationConfigJson(undefined, silentLog);
		const options = { handle, configJson, known: MIGRATIONS, own, wallMs: () => 0 };
		expect(await migrate(options)).to.deep.equal(['requests']);
		expect(await migrate(options)).to.deep.equal([]);
		await handle.close();
		expect(await raw.pluck('select name from supervisor_migrations')).to.deep.equal([
			...OWN_MIGRATIONS.map(({ name }) => name),
			'requests',
		]);
		const tables = await raw.pluck("select name from sqlite_master where type = 'table'");
		expect(tables).to.include.members([...OWN_TABLES]);
		expect(await raw.pluck('select count(*) from knex_migrations')).to.deep.equal([19]);
	});

	it('host #47: opens a file that a newer supervisor has used, and writes nothing for it', async () => {
		await (await open()).close();
		opened = [];
		await raw.exec(
			"create table newer (id text); alter table reboot add column newer text default 'x'; " +
				"insert into supervisor_migrations (name, batch, migration_time) values ('own-9999-newer', 9, 0)",
		);
		const before = await readFile(path);
		const handle = new Handle(path);
		const transaction = Sinon.spy(handle, 'transaction');
		const configJson = new MigrationConfigJson(undefined, silentLog);
		await migrate({ handle, configJson, known: MIGRATIONS, own: OWN_MIGRATIONS, wallMs: () => 0 });
		await handle.close();
		Sinon.assert.notCalled(transaction); // the file may be read-only
		const { reboots } = await open();
		expect(await reboots.list()).to.deep.equal([]);
		expect((await readFile(path)).equals(before)).to.equal(true);
		expect(await raw.pluck("select count(*) from supervisor_migrations where name = 'own-9999-newer'")).to.deep.equal([
			1,
		]);
	});

	it('remembers the last update of the supervisor, and takes a clock that was set back for no time passed', async () => {
		const clock = { now: () => 1000, wall: () => new Date(50_000) };
		const attempt = { image: 'a:1', commit: 'c', version: '1', fromImageId: 'sha256:0', attempts: 1 };
		const database = await open();
		await database.supervisorUpdateStore(clock).begin(attempt);
		const readAt = async (wallMs: number) =>
			(await database.supervisorUpdateStore({ ...clock, wall: () => new Date(wallMs) }).read())?.attemptedAt;
		expect([await readAt(50_000), await readAt(80_000), await readAt(10)]).to.deep.equal([1000, -29_000, 1000]);
		await raw.exec("update supervisorUpdate set state = 'of a newer one'");
		expect(await readAt(50_000)).to.equal(undefined);
	});

	it('opens after a kill at any moment of its making', async function () {
		for (const delayMs of [2, 12]) {
			await killWriter('opening', delayMs);
			await (await openDatabase({ path, log: silentLog })).close();
			expect(await raw.pluck('select count(*) from knex_migrations')).to.deep.equal([19]);
			expect(await raw.pluck('select max(batch) from knex_migrations')).to.deep.equal([1]);
			expect(await raw.pluck('pragma integrity_check')).to.deep.equal(['ok']);
		}
	});

	it('is readable, and all or nothing, after a kill at any moment of writing', async function () {
		for (const delayMs of [3, 17, 40]) {
			await killWriter('writing', delayMs);
			const database = await openDatabase({ path, log: silentLog });
			const settings = await database.settings.read(['name', 'initialConfigReported']);
			await database.close();
			expect(await raw.pluck('pragma integrity_check')).to.deep.equal(['ok']);
			expect(settings.get('name')).to.equal(settings.get('initialConfigReported'));
			expect(settings.get('name')).not.to.equal(undefined);
		}
	});
});
