import { readFile, writeFile } from 'node:fs/promises';
import { expect } from 'chai';
import { FatFile } from '../../../../src/adapters/files/index.ts';
import { openDatabase } from '../../../../src/adapters/sqlite/index.ts';
import { MIGRATIONS } from '../../../../src/adapters/sqlite/migration-list.ts';
import { recordingLog, silentLog } from '../../../support/logs.ts';
import { RawDatabase, makeTempDirectory, rejectionOf } from './raw-database.ts';

const NAMES = [
	'20171129013519_legacy.js',
	'20171129064057_multicontainer.js',
	'20171214172530_image_docker_id.js',
	'20180516164000-endpoint-specific-apps.js',
	'20181907164000-endpoint-specific-logschannel.js',
	'20190619152500-engine-snapshot.js',
	...Array.from({ length: 13 }, (_, n) => `M${String(n).padStart(5, '0')}.js`),
];

const COLUMNS = {
	config: 'key value',
	deviceConfig: 'targetValues',
	app: 'appId class commit id isHost name networks rejected releaseId services source uuid volumes',
	image: 'appId appUuid commit dockerImageId id imageId name releaseId serviceId serviceName',
	currentCommit: 'appId commit id',
	apiSecret: 'appId id key scopes serviceName',
	engineSnapshot: 'snapshot timestamp',
	logsChannelSecret: 'backend secret',
	knex_migrations: 'batch id migration_time name',
	knex_migrations_lock: 'index is_locked',
};

describe('database migrations', () => {
	let directory: Awaited<ReturnType<typeof makeTempDirectory>>;
	let path: string;
	let raw: RawDatabase;
	let configJson: FatFile;

	beforeEach(async () => {
		directory = await makeTempDirectory();
		path = `${directory.path}/database.sqlite`;
		raw = new RawDatabase(path);
		configJson = new FatFile(`${directory.path}/config.json`, 'no-such-program');
		await writeFile(configJson.path, '{"apiEndpoint":"https://api.example.com","unknown":[1]}');
	});

	afterEach(() => directory.remove());

	async function openAndClose(): Promise<void> {
		await (await openDatabase({ path, configJson, log: silentLog })).close();
	}

	it('database #1: a new file has all tables, columns, unique indexes and keys', async () => {
		await openAndClose();
		const schema = await raw.schema();
		const columns = Object.entries(schema).map(([table, parts]) => [
			table,
			parts
				.filter((part) => !part.includes('_unique ') && !part.startsWith('sqlite_'))
				.map((part) => part.split(' ')[0])
				.join(' '),
		]);
		expect(Object.fromEntries(columns)).to.deep.equal(COLUMNS);
		expect(schema['app']).to.include('app_uuid_unique 1 uuid');
		expect(schema['currentCommit']).to.include('currentcommit_appid_unique 1 appId');
		expect(schema['apiSecret']).to.include('apisecret_appid_servicename_unique 1 appId,serviceName');
		expect(schema['config']).to.include('key varchar(255) 0  1');
	});

	it('database #2: a new file records the 19 names in order, in batch 1, unlocked', async () => {
		await openAndClose();
		expect(await raw.all('select name, batch from knex_migrations order by id')).to.deep.equal(
			NAMES.map((name) => ({ name, batch: 1 })),
		);
		expect(await raw.pluck('select is_locked from knex_migrations_lock')).to.deep.equal([0]);
		expect(NAMES).to.deep.equal([...NAMES].sort());
	});

	it('database #3: a new file has its one-row tables and first rows', async () => {
		await openAndClose();
		expect(await raw.all('select * from config')).to.deep.equal([{ key: 'localMode', value: 'false' }]);
		expect(await raw.pluck('select targetValues from deviceConfig')).to.deep.equal(['{}']);
		expect(await raw.all('select * from logsChannelSecret')).to.deep.equal([
			{ backend: 'https://api.example.com', secret: null },
		]);
	});

	it('database #4: no pragma persists', async () => {
		await openAndClose();
		expect(await raw.pluck('pragma journal_mode')).to.deep.equal(['delete']);
		expect(await raw.pluck('pragma user_version')).to.deep.equal([0]);
	});

	it('database #5: opening again changes no byte', async () => {
		await openAndClose();
		const before = await readFile(path);
		await openAndClose();
		expect((await readFile(path)).equals(before)).to.equal(true);
	});

	it('database #6: a lock left behind by a crash does not block the device', async () => {
		await openAndClose();
		await raw.exec('update knex_migrations_lock set is_locked = 1');
		await openAndClose();
		expect(await raw.pluck('select is_locked from knex_migrations_lock')).to.deep.equal([0]);
	});

	it('database #7: a file of a newer supervisor is refused and left as it is', async () => {
		await openAndClose();
		await raw.exec("insert into knex_migrations (name, batch) values ('M99999.js', 2)");
		const before = await readFile(path);
		const error = await rejectionOf(openAndClose());
		expect(error.code).to.equal('database-unknown-migrations');
		expect(error.message).to.match(/^The migration directory is corrupt, the following files are missing: M99999\.js/);
		expect(error.message).to.include(path);
		expect((await readFile(path)).equals(before)).to.equal(true);
	});

	it('database #8: the oldest empty shape becomes the final one, but for the key of `config`', async () => {
		await raw.execFixture('pre-v7-empty');
		await openAndClose();
		const old = await raw.schema();
		await directory.remove();
		directory = await makeTempDirectory();
		path = `${directory.path}/fresh.sqlite`;
		await openAndClose();
		const fresh = await new RawDatabase(path).schema();
		expect({ ...old, config: [] }).to.deep.equal({ ...fresh, config: [] });
		expect(old['config']).to.deep.equal(['key varchar(255) 0  0', 'value varchar(255) 0  0']);
	});

	it('database #9: a single-container device becomes an app with one service', async () => {
		await raw.execFixture('pre-v7');
		await openAndClose();
		const [app, ...others] = await raw.all('select * from app');
		const { services, ...columns } = app ?? {};
		expect(others).to.deep.equal([]);
		expect(columns).to.deep.equal({
			id: 1,
			name: 'myapp',
			releaseId: 1,
			commit: 'c0ffee',
			appId: 1234,
			networks: '{}',
			volumes: '{"resin-data":{}}',
			source: 'https://api.example.com',
			uuid: null,
			class: 'fleet',
			isHost: 0,
			rejected: 0,
		});
		expect(JSON.parse(String(services))).to.deep.equal([
			{
				serviceId: 1,
				serviceName: 'main',
				imageId: 1,
				releaseId: 1,
				commit: 'c0ffee',
				appId: 1234,
				image: 'registry.example.com/myapp/c0ffee',
				privileged: true,
				networkMode: 'host',
				volumes: ['resin-data:/data'],
				restart: 'on-failure',
				running: true,
				environment: { A: 'b' },
				labels: {
					'io.resin.features.kernel-modules': '1',
					'io.resin.features.firmware': '1',
					'io.resin.features.dbus': '1',
					'io.resin.features.supervisor-api': '1',
					'io.resin.features.resin-api': '1',
					'io.resin.update.strategy': 'download-then-kill',
					'io.resin.update.handover-timeout': '',
					'io.resin.legacy-container': '1',
				},
			},
		]);
		expect(await raw.all('select name, dockerImageId, appUuid, "commit" from image')).to.deep.equal([
			{ name: 'registry.example.com/myapp/c0ffee', dockerImageId: null, appUuid: null, commit: null },
		]);
		expect(await raw.all('select appId, "commit" from currentCommit')).to.deep.equal([
			{ appId: 1234, commit: 'c0ffee' },
		]);
		expect(await raw.all('select * from config order by key')).to.deep.equal([
			{ key: 'appUpdatePollInterval', value: '600000' },
			{ key: 'legacyAppsPresent', value: 'true' },
			{ key: 'localMode', value: 'true' },
			{ key: 'uuid', value: '0123456789abcdef0123456789abcdef' },
		]);
		expect(await raw.all('select * from logsChannelSecret')).to.deep.equal([
			{ backend: 'https://api.example.com', secret: 's' },
		]);
		expect(await readFile(configJson.path, 'utf8')).to.equal(
			'{"apiEndpoint":"https://api.example.com","unknown":[1],"localMode":true}',
		);
	});

	for (const level of ['v7.0.0', 'v9.0.0', 'v10.0.0', 'v12.0.0', 'v14.0.0', 'v19', 'pre-v7']) {
		it(`database #10: a file of ${level} ends in the schema of a new file`, async () => {
			await raw.execFixture(level);
			await openAndClose();
			const names = await raw.pluck('select name from knex_migrations');
			const schema = await raw.schema();
			path = `${directory.path}/fresh.sqlite`;
			await openAndClose();
			expect(schema).to.deep.equal(await new RawDatabase(path).schema());
			expect([...names].sort()).to.deep.equal(NAMES);
		});
	}

	it('database #11: a migration that came later under an earlier name is applied', async () => {
		await raw.execFixture('v9.0.0');
		await openAndClose();
		const rows = await raw.all("select batch from knex_migrations where name like '20190619152500%'");
		expect(rows).to.deep.equal([{ batch: 2 }]);
		expect(await raw.pluck('select max(batch) from knex_migrations')).to.deep.equal([2]);
	});

	it('database #12: keys of v12 stay valid, apps of the cloud are forgotten, those of local mode kept', async () => {
		await raw.execFixture('v12.0.0');
		const database = await openDatabase({ path, configJson, log: silentLog });
		const accepted = await database.keys.scopesOf('00000000000000000000000000000002');
		expect(await database.keys.serviceKey(5, 'main')).to.equal('00000000000000000000000000000002');
		expect(await database.keys.globalKey()).to.equal('00000000000000000000000000000001');
		await database.close();
		expect(accepted).to.deep.equal([{ type: 'app', appId: 5 }]);
		const [app, ...others] = await raw.all('select appId, uuid, services from app');
		expect(others).to.deep.equal([]);
		expect([app?.['appId'], app?.['uuid']]).to.deep.equal([6, '6']);
		expect(JSON.parse(String(app?.['services']))).to.have.nested.property('[0].appUuid', '6');
		expect(await raw.all('select * from image')).to.deep.equal([]);
		expect(await raw.all('select appId, serviceName, key from apiSecret order by id')).to.deep.equal([
			{ appId: 0, serviceName: null, key: '00000000000000000000000000000001' },
			{ appId: 5, serviceName: 'main', key: '00000000000000000000000000000002' },
			{ appId: 6, serviceName: 'web', key: '00000000000000000000000000000003' },
		]);
		expect(await raw.pluck("select key from config where key in ('targetStateSet', 'currentCommit')")).to.deep.equal(
			[],
		);
		expect(await raw.all('select appId, "commit" from currentCommit order by appId')).to.deep.equal([
			{ appId: 5, commit: 'c12' },
			{ appId: 6, commit: 'c12' },
		]);
	});

	it('database #13, #14: variables lose their prefixes, and an empty time-out for deltas becomes 0', async () => {
		await raw.execFixture('v7.0.0');
		await openAndClose();
		expect(JSON.parse(String((await raw.pluck('select targetValues from deviceConfig'))[0]))).to.deep.equal({
			HOST_CONFIG_gpu_mem: '16',
			SUPERVISOR_DELTA: '1',
			SUPERVISOR_DELTA_APPLY_TIMEOUT: '0',
		});
	});

	it('database #15: local mode goes through config.json', async () => {
		await raw.execFixture('v7.0.0');
		await raw.exec("insert into config values ('localMode', '1')");
		await openAndClose();
		expect(await raw.pluck("select value from config where key = 'localMode'")).to.deep.equal(['true']);
		expect(await readFile(configJson.path, 'utf8')).to.include('"localMode":true');
	});

	it('local mode is kept when config.json cannot be written', async () => {
		await raw.execFixture('v7.0.0');
		await raw.exec("insert into config values ('localMode', '1')");
		const { log, lines } = recordingLog();
		const readOnly = {
			path: configJson.path,
			read: () => configJson.read(),
			write: () => Promise.reject(new Error('read-only')),
		};
		await (await openDatabase({ path, configJson: readOnly, log })).close();
		expect(await raw.pluck("select value from config where key = 'localMode'")).to.deep.equal(['true']);
		expect(lines.map(({ message }) => message)).to.include('Failed to write config.json');
	});

	it('database #16: without config.json sources are empty and there is a warning', async () => {
		await raw.execFixture('pre-v7');
		const { log, lines } = recordingLog();
		await (await openDatabase({ path, log })).close();
		expect(await raw.pluck('select source from app')).to.deep.equal(['']);
		expect(lines.filter(({ level }) => level === 'warn').map(({ message }) => message)).to.deep.equal([
			'Unable to locate config.json! Things may fail unexpectedly!',
		]);
	});

	it('database #17: what came from single-container releases is kept for its normalisation', async () => {
		await raw.execFixture('v7.0.0');
		await raw.exec("insert into config values ('legacyAppsPresent', 'true')");
		await openAndClose();
		expect(await raw.pluck('select appId from app')).to.deep.equal([7]);
		expect(await raw.pluck('select dockerImageId from image')).to.deep.equal(['sha256:77']);
		expect(await raw.pluck("select value from config where key = 'targetStateSet'")).to.deep.equal(['true']);
	});

	it('database #18: a migration that fails in the middle leaves nothing behind', async () => {
		await raw.execFixture('v9.0.0');
		await raw.exec('create table apiSecret (mine)');
		const before = await readFile(path);
		const error = await rejectionOf(openAndClose());
		expect(error.code).to.equal('database-migration-failed');
		expect(error.message).to.match(/^migration M00005\.js of .*database\.sqlite failed: .*already exists/);
		expect((await readFile(path)).equals(before)).to.equal(true);
	});

	it('stops at a damaged column, says where, and leaves the file as it is', async () => {
		await raw.execFixture('v9.0.0');
		await raw.exec("update deviceConfig set targetValues = '{broken'");
		const before = await readFile(path);
		const error = await rejectionOf(openAndClose());
		expect(error.message).to.match(/^migration M00003\.js of .*database\.sqlite failed: /);
		expect((await readFile(path)).equals(before)).to.equal(true);
	});

	it('database #19: a file of v19 gets no record that v19 does not know, and keeps every row', async () => {
		await raw.execFixture('v19');
		const before = await raw.dump();
		await openAndClose();
		expect(await raw.dump()).to.equal(before);
		expect(MIGRATIONS.map(({ name }) => name)).to.deep.equal(NAMES);
	});
});
