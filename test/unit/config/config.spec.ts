import { expect } from 'chai';
import { Config, onTargetSourceChange, readTargetSource, type SettingsChange } from '../../../src/config/index.ts';
import { rejectionOf } from '../adapters/sqlite/raw-database.ts';
import { HOST, MemoryFile, MemorySettingRows } from './memory-setting-rows.ts';

describe('config', () => {
	let rows: MemorySettingRows;
	let file: MemoryFile;

	beforeEach(() => {
		rows = new MemorySettingRows();
	});

	function makeConfig(content: object | string, host = HOST): Config {
		file = new MemoryFile(content);
		return new Config({ rows, configJson: file, host, version: '20.0.0+abc' });
	}

	/** As from JavaScript, or from a caller who knows better than the compiler. */
	const untyped = (changes: object) => changes as SettingsChange;

	it('config #3: a number may be a text in the file', async () => {
		expect(await makeConfig({ listenPort: '2345' }).get('listenPort')).to.equal(2345);
	});

	it('config #4: a number ends where its digits end', async () => {
		expect(await makeConfig({ appUpdatePollInterval: '3000ms' }).get('appUpdatePollInterval')).to.equal(3000);
		const error = await rejectionOf(makeConfig({ appUpdatePollInterval: 'x' }).get('appUpdatePollInterval'));
		expect(error.message).to.equal(
			'There was an error validating configuration input for key: appUpdatePollInterval, with value: x',
		);
		expect(error.code).to.equal('config-invalid-value');
	});

	it('config #5: a truth has many names, but not any', async () => {
		expect(await makeConfig({ developmentMode: 'ON' }).get('developmentMode')).to.equal(true);
		await rejectionOf(makeConfig({ developmentMode: 'yes' }).get('developmentMode'));
	});

	it('config #6: a device gives itself an identity, and a key only where there is a cloud', async () => {
		await makeConfig({}).start();
		expect(Object.keys(JSON.parse(file.content) as object)).to.deep.equal(['uuid']);
		expect(JSON.parse(file.content))
			.to.have.property('uuid')
			.that.matches(/^[0-9a-f]{32}$/);
		const managed = makeConfig({ apiEndpoint: 'https://api' });
		await managed.start();
		const first = file.content;
		expect(Object.keys(JSON.parse(first) as object)).to.deep.equal(['apiEndpoint', 'uuid', 'deviceApiKey']);
		await managed.start();
		expect(file.content).to.equal(first);
		await managed.regenerateRegistrationFields();
		const { uuid, deviceApiKey } = await managed.getMany(['uuid', 'deviceApiKey']);
		expect(first).not.to.include(uuid).and.not.to.include(deviceApiKey);
	});

	it('cloud-api #1: identity and key are version 4 uuids without dashes, in the file before anyone can ask', async () => {
		const given = { apiEndpoint: 'https://api', apiKey: 'a'.repeat(32), applicationId: 1 };
		const config = makeConfig(given);
		await config.start();
		const { uuid, deviceApiKey, ...rest } = JSON.parse(file.content) as Readonly<Record<string, unknown>>;
		for (const id of [uuid, deviceApiKey, ...Array.from({ length: 50 }, () => config.newUniqueKey())]) {
			expect(id).to.match(/^[0-9a-f]{12}4[0-9a-f]{3}[89ab][0-9a-f]{15}$/);
		}
		expect(uuid).not.to.equal(deviceApiKey);
		expect(rest).to.deep.equal(given);
	});

	it('without a cloud the next one is told everything; with the same one nothing is forgotten', async () => {
		rows.rows.set('initialConfigReported', 'https://api');
		await makeConfig({ apiEndpoint: 'https://api' }).start();
		expect(rows.rows.get('initialConfigReported')).to.equal('https://api');
		await makeConfig({}).start();
		expect(rows.rows.get('initialConfigReported')).to.equal('');
		const { writes } = rows;
		await makeConfig({}).start();
		expect(rows.writes, 'flash wears out').to.equal(writes);
	});

	for (const change of [{ deviceType: 'x' }, { version: '2' }, { listenPort: 1 }, { nosuch: 1 }]) {
		it(`config #7: refuses to set ${JSON.stringify(change)}`, async () => {
			const config = makeConfig({ listenPort: 5 });
			const error = await rejectionOf(config.set(untyped({ name: 'n', hostname: 'h', ...change })));
			const [key] = Object.keys(change);
			expect(error.message).to.equal(`Attempt to set value for non-mutable schema key: ${String(key)}`);
			expect([rows.writes, file.writes]).to.deep.equal([0, 0]);
		});
	}

	it('config #7: refuses to remove what is not to be set', async () => {
		const config = makeConfig({});
		const error = await rejectionOf(config.remove('version' as 'name'));
		expect(error.message).to.equal('Attempt to delete non-existent or immutable key version');
		await rejectionOf(config.remove('listenPort' as 'name'));
	});

	it('config #8: says so when a key does not exist', async () => {
		for (const key of ['nosuch', 'toString', '__proto__']) {
			const error = await rejectionOf(makeConfig({}).get(key as 'name'));
			expect(error.message).to.equal(`Unknown config value ${key}`);
		}
	});

	it('config #9: sets keys of the file and of the database together, and tells of both', async () => {
		const config = makeConfig({});
		const told: SettingsChange[] = [];
		config.onChange((changed) => {
			told.push(changed);
		});
		await config.set({ appUpdatePollInterval: 30_000, name: 'n' });
		expect(file.content).to.equal('{"appUpdatePollInterval":30000}');
		expect([...rows.rows]).to.deep.equal([['name', 'n']]);
		expect(told).to.deep.equal([{ appUpdatePollInterval: 30_000, name: 'n' }]);
	});

	it('changes no row when the file cannot be written, and calls no listener', async () => {
		const config = makeConfig({ hostname: 'before' });
		let calls = 0;
		config.onChange(() => {
			calls += 1;
		});
		file.failure = new Error('disk full');
		await rejectionOf(config.set({ hostname: 'after', name: 'n' }));
		expect([...rows.rows]).to.deep.equal([]);
		expect(await config.get('hostname')).to.equal('before');
		expect(calls).to.equal(0);
		file.failure = undefined;
		await config.set({ hostname: 'later' });
		expect(file.content).to.equal('{"hostname":"later"}');
	});

	it('config #10: tells of a value that stayed the same, writes it once, and removes without a word', async () => {
		const config = makeConfig({});
		let calls = 0;
		const leave = config.onChange(() => {
			calls += 1;
		});
		await config.set({ name: 'n' });
		await config.set({ name: 'n' });
		expect([calls, rows.writes]).to.deep.equal([2, 1]);
		await config.remove('name');
		expect(await config.get('name')).to.equal('local');
		expect(calls).to.equal(2);
		leave();
		await config.set({ name: 'n' });
		expect(calls).to.equal(2);
	});

	it('config #11: null removes the provisioning key, and stays for others', async () => {
		const config = makeConfig({ apiKey: 'k', hostname: 'h' });
		await config.set({ apiKey: null, hostname: null });
		expect(file.content).to.equal('{"hostname":null}');
		expect(await config.getMany(['apiKey', 'hostname'])).to.deep.equal({ apiKey: undefined, hostname: undefined });
	});

	it('config #12: an edit by hand is not seen, and lost at the next write', async () => {
		const config = makeConfig({ hostname: 'a' });
		expect(await config.get('hostname')).to.equal('a');
		file.content = '{"hostname":"b","extra":1}';
		expect(await config.get('hostname')).to.equal('a');
		await config.set({ registered_at: 5 });
		expect(file.content).to.equal('{"hostname":"a","registered_at":5}');
	});

	it('config #13: properties keep their order, and unknown ones stay', async () => {
		const config = makeConfig('{ "z": {"b": 1, "a": [null]},\n "hostname": "h", "a": "ä" }');
		await config.set({ uuid: 'u', hostname: 'i' });
		expect(file.content).to.equal('{"z":{"b":1,"a":[null]},"hostname":"i","a":"ä","uuid":"u"}');
	});

	it('config #14: a value that stayed the same is not written', async () => {
		const config = makeConfig({ hostname: 'h', os: { power: { mode: 'high' } }, apiKey: 'k' });
		await config.set({ hostname: 'h', os: { power: { mode: 'high' } } });
		await config.remove('uuid');
		expect(file.writes).to.equal(0);
		await config.remove('apiKey');
		expect(file.writes).to.equal(1);
	});

	for (const content of ['not json', '[]', 'null', '"text"', '']) {
		it(`config #15: a file with ${JSON.stringify(content)} fails for good and is never written`, async () => {
			const config = makeConfig(content);
			const error = await rejectionOf(config.start());
			expect(error.code).to.equal('config-file-malformed');
			expect(error.message).to.include('/boot/config.json');
			expect(error.message).not.to.include('text');
			file.content = '{}';
			await rejectionOf(config.set({ uuid: 'x' }));
			expect([file.writes, file.reads]).to.deep.equal([0, 1]);
		});
	}

	it('config #16: the variant follows the mode where the system does not state it', async () => {
		expect(await makeConfig({}).get('osVariant')).to.equal('prod');
		expect(await makeConfig({ developmentMode: 'true' }).get('osVariant')).to.equal('dev');
		const stated = { ...HOST, osRelease: () => Promise.resolve(new Map([['VARIANT_ID', 'x']])) };
		expect(await makeConfig({}, stated).get('osVariant')).to.equal('x');
		const unreadable = { ...HOST, osRelease: () => Promise.resolve(undefined) };
		expect(await makeConfig({}, unreadable).getMany(['osVariant', 'osVersion'])).to.deep.equal({
			osVariant: undefined,
			osVersion: undefined,
		});
	});

	it('config #17: the type is unknown while it cannot be read', async () => {
		const unreadable = { ...HOST, deviceType: () => Promise.reject(new Error('missing')) };
		expect(await makeConfig({ deviceType: 'x' }, unreadable).getMany(['deviceType', 'deviceArch'])).to.deep.equal({
			deviceType: 'unknown',
			deviceArch: 'unknown',
		});
	});

	it('config #18: is provisioned with all four', async () => {
		const all = { uuid: 'u', apiEndpoint: 'e', registered_at: 1, deviceId: 2 };
		expect(await makeConfig(all).get('provisioned')).to.equal(true);
		expect(await makeConfig({ ...all, registered_at: 0 }).get('provisioned')).to.equal(false);
		expect(await makeConfig({ ...all, deviceId: undefined }).get('provisioned')).to.equal(false);
	});

	it('config #19: the present key is the provisioning key while there is one', async () => {
		const config = makeConfig({ apiKey: 'p', deviceApiKey: 'd' });
		expect(await config.get('currentApiKey')).to.equal('p');
		await config.remove('apiKey');
		expect(await config.get('currentApiKey')).to.equal('d');
	});

	it('config #20: objects are kept as JSON', async () => {
		const config = makeConfig({});
		await config.set({ pinDevice: { app: 5, commit: 'c' }, targetTags: { a: 'b' } });
		expect(rows.rows.get('pinDevice')).to.equal('{"app":5,"commit":"c"}');
		expect(await config.getMany(['pinDevice', 'targetTags'])).to.deep.equal({
			pinDevice: { app: 5, commit: 'c' },
			targetTags: { a: 'b' },
		});
		rows.rows.set('pinDevice', '{"app":"5"}');
		await rejectionOf(config.get('pinDevice'));
		rows.rows.set('pinDevice', '{broken');
		await rejectionOf(config.get('pinDevice'));
		await config.set({ pinDevice: null });
		expect(await config.get('pinDevice')).to.equal(undefined);
	});

	it('database #33: a number from outside is a number', async () => {
		rows.rows.set('listenPortOverride', '3333');
		expect(await makeConfig({}).get('listenPortOverride')).to.equal(3333);
	});

	it('refuses a value of the wrong type, and then writes none of them', async () => {
		const config = makeConfig({});
		const error = await rejectionOf(config.set(untyped({ name: 'n', delta: 'yes' })));
		expect(error.message).to.equal("Cannot set value for delta, as value failed validation: 'yes'");
		expect(rows.writes).to.equal(0);
		await config.set(untyped({ delta: 'on', appUpdatePollInterval: '60000' }));
		expect([rows.rows.get('delta'), file.content]).to.deep.equal(['true', '{"appUpdatePollInterval":60000}']);
	});

	it('repairs a row that cannot be read by setting it', async () => {
		rows.rows.set('delta', 'garbage');
		const config = makeConfig({});
		await rejectionOf(config.get('delta'));
		await config.set({ delta: false });
		expect(await config.get('delta')).to.equal(false);
	});

	it('reads all rows that are asked for in one query, and never from memory', async () => {
		const config = makeConfig({});
		await config.getMany(['name', 'delta', 'localMode', 'uuid']);
		expect(rows.reads).to.equal(1);
		rows.rows.set('name', 'outside');
		expect(await config.get('name')).to.equal('outside');
	});

	it('hands out copies of what is in the file', async () => {
		const config = makeConfig({ os: { power: { mode: 'low' } } });
		const os = (await config.get('os')) as { power: { mode: string } };
		os.power.mode = 'high';
		expect(await config.get('os')).to.deep.equal({ power: { mode: 'low' } });
	});

	it('loses none of many writes at once', async () => {
		const config = makeConfig({ a: 1 });
		await Promise.all([
			config.set({ uuid: 'u' }),
			config.set({ hostname: 'h', name: 'n' }),
			config.set({ deviceId: 1 }),
			config.remove('apiKey'),
		]);
		expect(JSON.parse(file.content)).to.deep.equal({ a: 1, uuid: 'u', hostname: 'h', deviceId: 1 });
	});

	it('says what registration, services and deltas need', async () => {
		const config = makeConfig({ uuid: 'u', apiKey: 'p', deviceApiKey: 'd', apiEndpoint: 'e', applicationId: '17' });
		expect(await config.get('provisioningOptions')).to.deep.equal({
			uuid: 'u',
			applicationId: 17,
			deviceArch: 'aarch64',
			deviceType: 'raspberrypi4-64',
			provisioningApiKey: 'p',
			deviceApiKey: 'd',
			apiEndpoint: 'e',
			apiRequestTimeout: 59_000,
			registered_at: undefined,
			deviceId: undefined,
			supervisorVersion: '20.0.0+abc',
			osVersion: 'balenaOS 6.5.4',
			osVariant: 'prod',
			macAddress: 'AA:BB:CC:DD:EE:FF',
		});
		expect(await config.get('extendedEnvOptions')).to.include({
			listenPort: 48_484,
			name: 'local',
			version: '20.0.0+abc',
		});
		expect(await config.get('fetchOptions')).to.include({ currentApiKey: 'p', deltaVersion: 2, delta: false });
	});

	it('knows which source the target in force has, and when that changes', async () => {
		const config = makeConfig({ apiEndpoint: 'e' });
		let calls = 0;
		const leave = onTargetSourceChange(config, () => {
			calls += 1;
		});
		expect(await readTargetSource(config)).to.equal('e');
		await config.set({ localMode: true });
		await config.set({ name: 'n' });
		expect(await readTargetSource(config)).to.equal('local');
		leave();
		await config.set({ localMode: false });
		expect(calls).to.equal(1);
	});
});
