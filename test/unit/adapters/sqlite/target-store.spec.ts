import { expect } from 'chai';
import Sinon from 'sinon';
import { openDatabase, type Database, type SqliteTargetStore } from '../../../../src/adapters/sqlite/index.ts';
import { variablesToStore } from '../../../../src/config/index.ts';
import { TargetIntake, decodeTarget } from '../../../../src/device-state/index.ts';
import { targetApp, targetDocument, withoutRelease } from '../../../contract/stores.contract.ts';
import { silentLog } from '../../../support/logs.ts';
import { RawDatabase, makeTempDirectory, rejectionOf } from './raw-database.ts';

const CLOUD = 'https://api.example.com';

describe('target store', () => {
	let directory: Awaited<ReturnType<typeof makeTempDirectory>>;
	let database: Database;
	let raw: RawDatabase;
	let targets: SqliteTargetStore;
	let source: string;
	let sourceChanged: () => void;
	let dumped: unknown[];
	let dump: (config: unknown) => Promise<void>;
	let settingsWritten: () => Promise<void>;

	beforeEach(async () => {
		directory = await makeTempDirectory();
		const path = `${directory.path}/database.sqlite`;
		raw = new RawDatabase(path);
		database = await openDatabase({ path, log: silentLog });
		source = CLOUD;
		dumped = [];
		dump = (config) => {
			dumped.push(config);
			return Promise.resolve();
		};
		settingsWritten = () => Promise.resolve();
		sourceChanged = () => undefined;
		targets = makeStore();
		targets.watchSource();
	});

	afterEach(async () => {
		await database.close();
		await directory.remove();
	});

	function makeStore(): SqliteTargetStore {
		return database.targetStore({
			readSource: () => Promise.resolve(source),
			onSourceChange: (listener) => {
				sourceChanged = listener;
				return () => undefined;
			},
			settingsWritten: () => settingsWritten(),
			normalise: variablesToStore,
			dump: (config) => dump(config),
		});
	}

	async function appIds(): Promise<readonly number[]> {
		return (await targets.read())?.apps.map(({ appId }) => appId) ?? [];
	}

	it('has its name read as a setting before the new target is read or announced', async () => {
		const order: string[] = [];
		settingsWritten = async () => {
			order.push((await database.settings.read(['name'])).get('name') ?? '');
			await new Promise((resolve) => setImmediate(resolve));
			order.push('settings read');
		};
		targets.onChange(() => order.push('announced'));
		const stored = targets.replace({ ...targetDocument([targetApp(1)]), name: 'new name' }, CLOUD);
		const seen = targets.read().then((document) => order.push(`target of ${document?.name ?? ''}`));
		await Promise.all([stored, seen]);
		expect(order.slice(0, 2)).to.deep.equal(['new name', 'settings read']);
		expect(order.slice(2)).to.have.members(['announced', 'target of new name']);
	});

	it('database #20: an app that left goes, those of local mode stay', async () => {
		await targets.replace(targetDocument([targetApp(9, { appUuid: '9' })]), 'local');
		await targets.replace(targetDocument([targetApp(1), targetApp(2)]), CLOUD);
		await targets.replace(targetDocument([targetApp(2)]), CLOUD);
		expect(await raw.all('select appId, source from app order by appId')).to.deep.equal([
			{ appId: 2, source: CLOUD },
			{ appId: 9, source: 'local' },
		]);
	});

	it('database #21: a failure on the way leaves nothing of the target', async () => {
		await targets.replace(targetDocument([targetApp(1)]), CLOUD);
		const before = await raw.dump();
		await raw.exec("create trigger fail before update on config begin select raise(abort, 'cut'); end");
		const next = targetDocument([targetApp(2)], { name: 'new', config: { RESIN_SUPERVISOR_DELTA: '0' } });
		const error = await rejectionOf(targets.replace(next, CLOUD));
		expect(error.code).to.equal('database-failed');
		await raw.exec('drop trigger fail');
		expect(await raw.dump()).to.equal(before);
		expect(await targets.read()).to.deep.equal(targetDocument([targetApp(1)]));
	});

	it('database #22: apps that belong to no fleet are in force whatever their source', async () => {
		await targets.replace(targetDocument([targetApp(1), targetApp(2, { class: 'app' })]), 'https://other');
		await targets.replace(targetDocument([targetApp(3)]), CLOUD);
		expect(await appIds()).to.deep.equal([2, 3]);
		expect((await targets.listAllApps()).map((app) => [app.appId, app.source])).to.deep.equal([
			[1, 'https://other'],
			[2, 'https://other'],
			[3, CLOUD],
		]);
	});

	it('database #23: an app without release has neither commit nor services', async () => {
		await targets.replace(targetDocument([withoutRelease(targetApp(1))]), CLOUD);
		expect(await raw.all('select "commit", releaseId, services, networks, volumes from app')).to.deep.equal([
			{ commit: null, releaseId: null, services: '[]', networks: '{}', volumes: '{}' },
		]);
	});

	it('keeps services in the form of the predecessor', async () => {
		await targets.replace(targetDocument([targetApp(1)]), CLOUD);
		const [first] = JSON.parse(String((await raw.pluck('select services from app'))[0])) as readonly object[];
		expect(first).to.deep.equal({
			image: `registry.example.com/main@sha256:${'1'.repeat(64)}`,
			environment: { A: 'ä"\n' },
			labels: { 'io.balena.features.dbus': '1' },
			composition: { restart: 'always', depends_on: ['other'] },
			contract: { type: 'sw.container', requires: [] },
			running: true,
			appId: 1,
			appUuid: 'uuid1',
			releaseId: 10,
			commit: 'commit1',
			imageId: 2,
			serviceId: 1,
			serviceName: 'main',
		});
	});

	it('database #24: images are stored with a tag or a digest, not with both or none', async () => {
		const service = (id: number, image: string) => ({ id, image_id: id, image, environment: {}, labels: {} });
		const services = {
			plain: service(1, 'registry.example.com/plain'),
			both: service(2, `registry.example.com/both:1@sha256:${'2'.repeat(64)}`),
		};
		const app = { id: 1, name: 'a', releases: { c0ffee: { id: 1, services } } };
		const intake = new TargetIntake({
			targets,
			facts: () => Promise.resolve({ supervisorVersion: '20.0.0', deviceType: 'pc', deviceArch: 'amd64' }),
			log: silentLog,
			systemLog: { write: () => undefined },
		});
		const body = { d1: { name: 'device', config: {}, apps: { a1: app } } };
		await intake.accept({ body, decode: (input) => decodeTarget(input, 'd1'), source: CLOUD });
		const stored = (await targets.read())?.apps[0]?.release?.services;
		expect(stored?.['plain']?.image).to.equal('registry.example.com/plain:latest');
		expect(stored?.['both']?.image).to.equal(`registry.example.com/both@sha256:${'2'.repeat(64)}`);
	});

	it('config #31: the configuration that a device begins with is stored once, and not over a target', async () => {
		expect(await targets.readVariables()).to.deep.equal({});
		await targets.saveInitialVariables({ HOST_CONFIG_gpu_mem: '64', SUPERVISOR_DELTA: 'false', OTHER: 'x' });
		expect(await targets.readVariables()).to.deep.equal({ HOST_CONFIG_gpu_mem: '64', SUPERVISOR_DELTA: 'false' });
		expect(await targets.read(), 'it is no target yet').to.equal(undefined);
		expect(await raw.all("select value from config where key = 'initialConfigSaved'")).to.deep.equal([
			{ value: 'true' },
		]);
		await targets.replace(targetDocument([targetApp(1)]), CLOUD);
		const variables = await targets.readVariables();
		await targets.saveInitialVariables({ HOST_CONFIG_gpu_mem: '16' });
		expect(await targets.readVariables()).to.deep.equal(variables);
	});

	it('database #30: a damaged target is an error with its place, until the next one is stored', async () => {
		await targets.replace(targetDocument([targetApp(1)]), CLOUD);
		for (const [damage, column] of [
			["update deviceConfig set targetValues = '{broken'", 'deviceConfig.targetValues'],
			["update deviceConfig set targetValues = '[]'", 'deviceConfig.targetValues'],
			['delete from deviceConfig', 'deviceConfig.targetValues'],
			["update app set services = '{broken'", 'app.services'],
			["update app set services = '[{}]'", 'app.services'],
			["update app set networks = '7'", 'app.networks'],
		] as const) {
			await raw.exec(damage);
			targets = makeStore(); // nothing remembered
			const before = await raw.dump();
			const error = await rejectionOf(targets.read());
			expect(error.code).to.equal('database-corrupt-value');
			expect(error.message).to.match(/^Corrupted supervisor database! Error: /);
			expect(error.message).to.include(`${column} in ${directory.path}`);
			expect(await raw.dump()).to.equal(before);
			await targets.replace(targetDocument([targetApp(1)]), CLOUD);
			expect(await targets.read()).to.deep.equal(targetDocument([targetApp(1)]));
		}
	});

	it('config #24: leaves the variables as received, before anything is stored', async () => {
		const config = { RESIN_OVERRIDE_LOCK: '1', BALENA_SUPERVISOR_OVERRIDE_LOCK: '0', FOO: 'x' };
		await targets.replace(targetDocument([], { config }), CLOUD);
		expect(dumped).to.deep.equal([config]);
		expect((await targets.read())?.config).to.deep.equal({ OVERRIDE_LOCK: '1', SUPERVISOR_OVERRIDE_LOCK: '1' });
		dump = () => Promise.reject(new Error('disk full'));
		await rejectionOf(targets.replace(targetDocument([], { name: 'never' }), CLOUD));
		expect((await targets.read())?.name).to.equal('device');
	});

	it('keeps the object of an app whose row did not change, and writes no row for it', async () => {
		await targets.replace(targetDocument([targetApp(1), targetApp(2)]), CLOUD);
		const before = await targets.read();
		await raw.exec(
			"create trigger untouched before update on app when old.appId = 1 begin select raise(abort, 'written'); end",
		);
		await targets.replace(targetDocument([targetApp(1), targetApp(2, { appName: 'new' })]), CLOUD);
		const after = await targets.read();
		expect(after?.apps[0]).to.equal(before?.apps[0]);
		expect(after?.apps[1]).not.to.equal(before?.apps[1]);
		expect(after?.apps[1]?.appName).to.equal('new');
	});

	it('asks the database once until something changes', async () => {
		await targets.replace(targetDocument([targetApp(1)]), CLOUD);
		await targets.read();
		await raw.exec("update app set name = 'by another program'");
		expect((await targets.read())?.apps[0]?.appName).to.equal('app 1');
	});

	it('reads by the source in force, and notifies listeners when that changes', async () => {
		await targets.replace(targetDocument([targetApp(1)]), CLOUD);
		await targets.replace(targetDocument([targetApp(9, { appUuid: '9' })]), 'local');
		const changed = Sinon.stub();
		targets.onChange(changed);
		expect(await appIds()).to.deep.equal([1]);
		source = 'local';
		sourceChanged();
		expect(await appIds()).to.deep.equal([9]);
		Sinon.assert.calledOnce(changed);
		source = CLOUD;
		sourceChanged();
		await targets.removeLocalApps();
		expect(await raw.pluck('select appId from app')).to.deep.equal([1]);
	});

	it('does not remember what it read while the source changed', async () => {
		await targets.replace(targetDocument([targetApp(1)]), CLOUD);
		await targets.replace(targetDocument([targetApp(9, { appUuid: '9' })]), 'local');
		const reading = targets.read();
		await Promise.resolve();
		source = 'local';
		sourceChanged();
		await reading;
		expect(await appIds()).to.deep.equal([9]);
	});

	it('reads a service that was made of a single container', async () => {
		await database.close();
		await raw.exec(
			'drop table app; drop table config; drop table deviceConfig; drop table image; drop table apiSecret;' +
				'drop table currentCommit; drop table engineSnapshot; drop table logsChannelSecret;' +
				'drop table knex_migrations; drop table knex_migrations_lock',
		);
		await raw.execFixture('pre-v7');
		await raw.exec("insert into config values ('targetStateSet', 'true')");
		database = await openDatabase({ path: `${directory.path}/database.sqlite`, log: silentLog });
		source = '';
		const [app] = (await makeStore().read())?.apps ?? [];
		expect(app?.appUuid).to.equal('1234');
		expect(app?.release?.services['main']?.composition).to.deep.equal({
			privileged: true,
			network_mode: 'host',
			volumes: ['resin-data:/data'],
			restart: 'on-failure',
		});
	});
});
