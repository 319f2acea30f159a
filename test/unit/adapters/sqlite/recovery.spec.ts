import { mkdir, open as openFile, readFile, readdir, rename, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { expect } from 'chai';
import Sinon from 'sinon';
import { openDatabase, type Database } from '../../../../src/adapters/sqlite/index.ts';
import { MIGRATIONS, OWN_MIGRATIONS, TABLES } from '../../../../src/adapters/sqlite/migration-list.ts';
import type { TargetDocument } from '../../../../src/domain/target.ts';
import type { SystemLog } from '../../../../src/ports/log.ts';
import { targetApp } from '../../../contract/stores.contract.ts';
import { silentLog } from '../../../support/logs.ts';
import { RawDatabase, makeTempDirectory, rejectionOf } from './raw-database.ts';

const PAGE = 4096;
const SOURCE = 'https://api.example.com';
const KEY = 'd'.repeat(32);

/** Large enough that each table has pages of its own. */
const TARGET: TargetDocument = {
	name: 'device',
	config: Object.fromEntries(Array.from({ length: 200 }, (_, n) => [`VARIABLE_${String(n)}`, 'x'.repeat(50)])),
	apps: [targetApp(1), targetApp(2)],
};

describe('a database file that is damaged or taken away (decision D13)', () => {
	let directory: Awaited<ReturnType<typeof makeTempDirectory>>;
	let path: string;
	let raw: RawDatabase;
	let opened: Database[];
	let now: number;
	let told: Sinon.SinonStub<Parameters<SystemLog['write']>>;

	beforeEach(async () => {
		directory = await makeTempDirectory();
		path = `${directory.path}/database.sqlite`;
		raw = new RawDatabase(path);
		opened = [];
		now = 0;
		told = Sinon.stub();
	});

	afterEach(async () => {
		await Promise.all(opened.map((database) => database.close()));
		await directory.remove();
	});

	async function open(): Promise<Database> {
		const database = await openDatabase({ path, log: silentLog, systemLog: { write: told }, nowMs: () => now });
		opened.push(database);
		return database;
	}

	function targetsOf(database: Database) {
		return database.targetStore({
			readSource: () => Promise.resolve(SOURCE),
			onSourceChange: () => () => undefined,
			settingsWritten: () => Promise.resolve(),
			normalise: (config) => config,
			dump: () => Promise.resolve(),
		});
	}

	/** A device that has been used: a target, keys, images. */
	async function use(): Promise<Database> {
		const database = await open();
		await targetsOf(database).replace(TARGET, SOURCE);
		await raw.exec(
			`insert into apiSecret (appId, serviceName, key, scopes) values (1, 'web', '${KEY}', '[{"type":"app","appId":1}]')`,
		);
		const images = Array.from({ length: 100 }, (_, n) => `('registry/image-${String(n)}', 1)`);
		await raw.exec(`insert into image (name, appId) values ${images.join(', ')}`);
		return database;
	}

	async function useAndClose(): Promise<Buffer> {
		await (await use()).close();
		opened = [];
		return await readFile(path);
	}

	async function names(): Promise<readonly string[]> {
		return (await readdir(directory.path)).sort();
	}

	/** The page at which the tree of a table begins, counted from 1. */
	async function rootOf(table: string): Promise<number> {
		const [page] = await raw.pluck(`select rootpage from sqlite_master where name = '${table}'`);
		return Number(page);
	}

	async function overwritePage(page: number): Promise<void> {
		const file = await openFile(path, 'r+');
		await file.write(Buffer.alloc(PAGE, 0xa5), 0, PAGE, (page - 1) * PAGE);
		await file.close();
	}

	it('knows its own tables', async () => {
		await open();
		const tables = await raw.pluck("select name from sqlite_master where type = 'table' and name not like 'sqlite_%'");
		const records = ['knex_migrations', 'knex_migrations_lock', 'supervisor_migrations'];
		expect(tables.filter((name) => !records.includes(String(name))).sort()).to.deep.equal([...TABLES].sort());
	});

	const LOST: Readonly<Record<string, (bytes: Buffer) => Promise<void>>> = {
		'half of it': (bytes) => truncate(path, Math.floor(bytes.length / PAGE / 2) * PAGE),
		'1,000 bytes of it': () => truncate(path, 1000),
		'without its first page': () => overwritePage(1),
		'with its first page only': (bytes) =>
			writeFile(path, Buffer.concat([bytes.subarray(0, PAGE), Buffer.alloc(bytes.length - PAGE, 0xa5)])),
		zeros: (bytes) => writeFile(path, Buffer.alloc(bytes.length)),
		'database #31: random bytes': (bytes) => writeFile(path, Buffer.from(bytes.map((_, n) => (n * 7919) % 251))),
		'a folder': async () => {
			await rm(path);
			await mkdir(path);
		},
	};
	for (const [what, damage] of Object.entries(LOST)) {
		it(`${what}: is set aside, and a new one takes its place`, async () => {
			const bytes = await useAndClose();
			await damage(bytes);
			const before = what === 'a folder' ? undefined : await readFile(path);
			const database = await open();
			await database.settings.write(new Map([['name', 'new']]));
			expect(await raw.pluck('pragma quick_check')).to.deep.equal(['ok']);
			expect(await names()).to.deep.equal(['database.sqlite', 'database.sqlite.damaged-1']);
			if (before !== undefined) {
				expect((await readFile(`${path}.damaged-1`)).equals(before)).to.equal(true);
			}
			expect((await stat(path)).mode & 0o777).to.equal(0o600);
			Sinon.assert.calledOnce(told);
			expect(told.firstCall.args[0]).to.include('damaged-1');
		});
	}

	for (const table of [
		'image',
		'apiSecret',
		'currentCommit',
		'updateRequest',
		'crash',
		'anonymousVolume',
		'history',
		'heldReason',
		'engineSnapshot',
	]) {
		it(`without table ${table}: everything else is kept, the target too`, async () => {
			await useAndClose();
			await raw.exec(`drop table \`${table}\``);
			const database = await open();
			Sinon.assert.calledOnce(told); // at the start, not only when the table is used
			expect(await targetsOf(database).read()).to.deep.equal(TARGET);
			expect(await database.images.list()).to.have.length(table === 'image' ? 0 : 100);
			expect(await database.keys.scopesOf(KEY)).to.deep.equal(
				table === 'apiSecret' ? undefined : [{ type: 'app', appId: 1 }],
			);
		});
	}

	for (const table of ['image', 'apiSecret']) {
		it(`with a page of table ${table} overwritten: the target is kept`, async () => {
			await useAndClose();
			await overwritePage(await rootOf(table));
			const database = await open();
			expect(await targetsOf(database).read()).to.deep.equal(TARGET);
			expect(told.firstCall.args[0]).to.include('The target was still readable');
		});
	}

	for (const table of ['app', 'deviceConfig', 'config']) {
		it(`with a page of table ${table} overwritten: no half of a target is in force`, async () => {
			await useAndClose();
			await overwritePage(await rootOf(table));
			const database = await open();
			expect(await targetsOf(database).read()).to.equal(undefined);
			expect(await raw.pluck('select count(*) from app')).to.deep.equal([0]);
			expect(await database.keys.scopesOf(KEY)).to.deep.equal([{ type: 'app', appId: 1 }]);
			expect(await database.images.list()).to.have.length(100);
		});
	}

	it('keeps the rows on both sides of a damaged page', async () => {
		await useAndClose();
		await raw.exec(`update image set serviceName = '${'x'.repeat(500)}'`);
		const root = await rootOf('image');
		const inner = (await readFile(path)).subarray((root - 1) * PAGE, root * PAGE);
		expect(inner[0]).to.equal(5); // a tree of several pages
		await overwritePage(inner.readUInt32BE(inner.readUInt16BE(12 + 2 * 5))); // the page under its sixth pointer
		const list = await (await open()).images.list();
		expect(list.length).to.be.greaterThan(80).and.lessThan(100);
		expect(list.map(({ name }) => name)).to.include.members(['registry/image-0', 'registry/image-99']);
	});

	it('is checked with its journal: a transaction that was cut off is rolled back first', async () => {
		await useAndClose();
		await writeFile(`${path}-journal`, Buffer.alloc(2000, 0x5a));
		const database = await open();
		expect(await targetsOf(database).read()).to.deep.equal(TARGET);
		Sinon.assert.notCalled(told);
	});

	it('is set aside with the files beside it, which would change the new one', async () => {
		await useAndClose();
		await writeFile(path, 'garbage '.repeat(1000));
		await writeFile(`${path}-shm`, 'x');
		await open();
		expect(await names())
			.to.include('database.sqlite.damaged-1-shm')
			.and.not.include('database.sqlite-shm');
	});

	it('may be in WAL mode', async () => {
		await useAndClose();
		await raw.exec('pragma journal_mode = wal');
		expect(await targetsOf(await open()).read()).to.deep.equal(TARGET);
		Sinon.assert.notCalled(told);
	});

	it('keeps the newest three that were set aside', async () => {
		for (let n = 0; n < 5; n += 1) {
			await writeFile(path, `garbage ${String(n)}`.repeat(200));
			await (await open()).close();
			opened = [];
		}
		const aside = ['damaged-3', 'damaged-4', 'damaged-5'].map((suffix) => `database.sqlite.${suffix}`);
		expect(await names()).to.deep.equal(['database.sqlite', ...aside]);
		expect(await readFile(`${path}.damaged-5`, 'utf8')).to.include('garbage 4');
	});

	it('is rebuilt while it is in use, and the work that found it continues', async () => {
		const database = await use();
		await writeFile(path, 'garbage '.repeat(2000));
		await database.settings.write(new Map([['name', 'new']]));
		expect(await raw.pluck("select value from config where key = 'name'")).to.deep.equal(['new']);
		Sinon.assert.calledOnce(told);
		now += 1000;
		await writeFile(path, 'garbage '.repeat(2000));
		const error = await rejectionOf(database.settings.write(new Map([['name', 'newer']])));
		expect(error.code).to.equal('database-not-a-database'); // a failing disk is not filled with copies
		expect(await names()).to.deep.equal(['database.sqlite', 'database.sqlite.damaged-1']);
	});

	it('gets a table back that was dropped while it was in use', async () => {
		const database = await use();
		await raw.exec('drop table currentCommit');
		await database.commits.save(1, 'c');
		expect(await raw.pluck('select "commit" from currentCommit')).to.deep.equal(['c']);
		expect(await raw.pluck('select count(*) from image')).to.deep.equal([100]);
	});

	it('is not blamed for a statement of ours that is wrong', async () => {
		const database = await use();
		await raw.exec('create trigger fail before insert on config begin select no_such_function(); end');
		await rejectionOf(database.settings.write(new Map([['other', 'x']])));
		expect(await names()).to.deep.equal(['database.sqlite']);
	});

	it('is written again with all that it had', async () => {
		const database = await open();
		await database.settings.write(new Map([['name', 'old']]));
		await rm(path);
		await database.settings.write(new Map([['other', 'new']]));
		expect(await raw.pluck("select value from config where key in ('name', 'other') order by key")).to.deep.equal([
			'old',
			'new',
		]);
		expect((await stat(path)).mode & 0o777).to.equal(0o600);
		Sinon.assert.calledOnceWithMatch(told, Sinon.match(/removed or replaced/));
	});

	it('is written again in the place of another one, which is set aside', async () => {
		const database = await open();
		await database.settings.write(new Map([['name', 'old']]));
		await writeFile(`${directory.path}/other`, 'of another device');
		await rename(`${directory.path}/other`, path);
		await database.settings.write(new Map([['other', 'new']]));
		expect(await raw.pluck("select value from config where key = 'name'")).to.deep.equal(['old']);
		expect(await readFile(`${path}.damaged-1`, 'utf8')).to.equal('of another device');
	});

	it('is kept in memory where it cannot be made, and stored when it can', async () => {
		path = `${directory.path}/missing/database.sqlite`;
		const database = await open();
		await database.settings.write(new Map([['name', 'kept']]));
		Sinon.assert.calledOnceWithMatch(told, Sinon.match(/in memory/), { error: true });
		now += 59_999;
		await mkdir(`${directory.path}/missing`);
		await database.settings.read([]);
		expect(await readdir(`${directory.path}/missing`)).to.deep.equal([]);
		now += 1;
		await database.settings.write(new Map([['other', 'x']]));
		raw = new RawDatabase(path);
		expect(await raw.pluck("select value from config where key = 'name'")).to.deep.equal(['kept']);
		expect(await raw.pluck('select count(*) from knex_migrations')).to.deep.equal([MIGRATIONS.length]);
		expect(await raw.pluck('select count(*) from supervisor_migrations')).to.deep.equal([OWN_MIGRATIONS.length]);
		Sinon.assert.calledWithMatch(told, Sinon.match(/is stored in .* again/), { error: false });
		await database.close();
		opened = [];
		expect([...(await (await open()).settings.read(['name', 'other']))]).to.have.length(2);
	});

	it('waits at its start until another process gives it free', async () => {
		await (await open()).close();
		opened = [];
		const held = raw.holdFor(2500);
		const before = Date.now();
		await open();
		expect(Date.now() - before).to.be.greaterThan(2000);
		await held;
	}).timeout(10_000);

	it('is tried again each minute while it cannot be stored, and leaves nothing half made', async () => {
		path = `${directory.path}/missing/database.sqlite`;
		const database = await open();
		await mkdir(`${directory.path}/missing`);
		await mkdir(`${path}.new`); // in the way of the copy
		now += 60_000;
		await database.settings.write(new Map([['name', 'kept']]));
		expect(await readdir(`${directory.path}/missing`)).to.deep.equal(['database.sqlite.new']);
		await rm(`${path}.new`, { recursive: true });
		await database.settings.read([]);
		expect(await readdir(`${directory.path}/missing`)).to.deep.equal([]);
		now += 60_000;
		await database.settings.read([]);
		expect(await new RawDatabase(path).pluck("select value from config where key = 'name'")).to.deep.equal(['kept']);
	});
});
