import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { Config, DEFAULT_SETTINGS, type SettingsChange } from '../../../src/config/index.ts';
import { schemaOf, SETTING_NAMES } from '../../../src/config/schema.ts';
import { recordingLog, silentLog } from '../../support/logs.ts';
import { rejectionOf } from '../adapters/sqlite/raw-database.ts';
import { configJsonOf, MemoryFile, MemorySettingRows } from './memory-setting-rows.ts';

const SPEC = join(import.meta.dirname, '../../../docs/spec/config.md');

describe('config', () => {
	let rows: MemorySettingRows;
	let file: MemoryFile;

	beforeEach(() => {
		rows = new MemorySettingRows();
	});

	function makeConfig(content: object | string, log = silentLog): Config {
		file = new MemoryFile(content);
		return new Config({ rows, configJson: configJsonOf(file, { log }), log });
	}

	/** As from JavaScript, or from a caller who knows better than the compiler. */
	const untyped = (changes: object) => changes as SettingsChange;

	/** The listener's calls, as what differs. */
	function changesOf(config: Config): { readonly told: object[]; readonly leave: () => void } {
		const told: object[] = [];
		const leave = config.onChange((next, previous) => {
			const differs = SETTING_NAMES.filter((name) => next[name] !== previous[name]);
			told.push(Object.fromEntries(differs.map((name) => [name, next[name]])));
		});
		return { told, leave };
	}

	it('config #3: a number may be a text in the file', async () => {
		expect((await makeConfig({ listenPort: '2345' }).read()).listenPort).to.equal(2345);
	});

	it('config #4: a number ends where its digits end; without any, the default holds (decision D18)', async () => {
		expect((await makeConfig({ appUpdatePollInterval: '3000ms' }).read()).pollIntervalMs).to.equal(3000);
		const { log, lines } = recordingLog();
		expect((await makeConfig({ appUpdatePollInterval: 'x' }, log).read()).pollIntervalMs).to.equal(900_000);
		const fields = { setting: 'appUpdatePollInterval', where: 'config.json', value: 'x', used: 900_000 };
		expect(lines).to.deep.equal([{ level: 'warn', message: 'a setting cannot be used, the default holds', fields }]);
	});

	it('config #5: a truth has many names, but not any: the default holds (decision D18)', async () => {
		expect((await makeConfig({ developmentMode: 'ON' }).read()).developmentMode).to.equal(true);
		expect((await makeConfig({ developmentMode: 'yes' }).read()).developmentMode).to.equal(false);
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
			const error = await rejectionOf(config.set(untyped({ deviceName: 'n', hostname: 'h', ...change })));
			const [key] = Object.keys(change);
			expect(error.message).to.equal(`Attempt to set value for non-mutable schema key: ${String(key)}`);
			expect([rows.writes, file.writes]).to.deep.equal([0, 0]);
		});
	}

	it('config #8: there are the settings of the specification, with its types and defaults, and no others', () => {
		const places = [...readFileSync(SPEC, 'utf8').matchAll(/^### 4\.[12] (.*)\n((?:.|\n)*?)(?=\n###)/gm)];
		const specified = places.flatMap(([, title = '', chapter = '']) =>
			[...chapter.matchAll(/^\| `(\w+)` \| ([^|]+?) \| ([^|]+?) \|/gm)].map(([, key, type, initial = '']) => {
				const value = initial === 'absent' ? 'undefined' : initial.replaceAll('`', '').replaceAll('"', '');
				return [key, title.includes('config.json') ? 'file' : 'database', type?.replace(/\(.*/, ''), value].join(' ');
			}),
		);
		const typeOf = (type: { decode(value: unknown): { readonly ok: boolean } }) => {
			const accepts = (value: unknown) => type.decode(value).ok;
			if (accepts([])) return 'Map';
			if (accepts(null)) return 'Bool';
			return accepts('1') ? (accepts(1) ? 'Number' : accepts('') ? 'String' : 'JSON') : 'JSON';
		};
		const known = SETTING_NAMES.map(schemaOf).map(({ key, source, type, default: initial }) =>
			[key, source, typeOf(type), String(initial)].join(' '),
		);
		expect(known).to.have.members(specified).and.have.length.above(40);
	});

	it('has no setting of another name', async () => {
		const config = makeConfig({ nosuch: 1, toString: 1 });
		expect(await config.read()).to.deep.equal(DEFAULT_SETTINGS);
		expect(config.current()).to.have.all.keys(SETTING_NAMES);
	});

	it('config #9: sets keys of the file and of the database together, and tells of both', async () => {
		const config = makeConfig({});
		const { told } = changesOf(config);
		await config.set({ pollIntervalMs: 30_000, deviceName: 'n' });
		expect(file.content).to.equal('{"appUpdatePollInterval":30000}');
		expect([...rows.rows]).to.deep.equal([['name', 'n']]);
		expect(told).to.deep.equal([{ pollIntervalMs: 30_000, deviceName: 'n' }]);
		expect(config.current()).to.deep.equal({ ...DEFAULT_SETTINGS, pollIntervalMs: 30_000, deviceName: 'n' });
	});

	it('changes no row when the file cannot be written, and calls no listener', async () => {
		const config = makeConfig({ hostname: 'before' });
		let calls = 0;
		config.onChange(() => {
			calls += 1;
		});
		file.failure = new Error('disk full');
		await rejectionOf(config.set({ hostname: 'after', deviceName: 'n' }));
		expect([...rows.rows]).to.deep.equal([]);
		expect(config.current().hostname).to.equal('before');
		expect(calls).to.equal(0);
		file.failure = undefined;
		await config.set({ hostname: 'later' });
		expect(file.content).to.equal('{"hostname":"later"}');
	});

	it('config #10: tells of a value that stayed the same, writes it once, and sees when its row is gone', async () => {
		const config = makeConfig({});
		const { told, leave } = changesOf(config);
		await config.set({ deviceName: 'n' });
		const before = config.current();
		await config.set({ deviceName: 'n' });
		expect(config.current()).to.equal(before);
		expect(told).to.deep.equal([{ deviceName: 'n' }, {}]);
		expect(rows.writes).to.equal(1);
		rows.rows.delete('name');
		expect((await config.read()).deviceName).to.equal('local');
		expect(told.slice(2)).to.deep.equal([{ deviceName: 'local' }]);
		leave();
		await config.set({ deviceName: 'n' });
		expect(told).to.have.length(3);
	});

	it('config #11: null removes the provisioning key, and stays for others', async () => {
		const config = makeConfig({ apiKey: 'k', hostname: 'h' });
		await config.set({ provisioningKey: null, hostname: null });
		expect(file.content).to.equal('{"hostname":null}');
		expect(config.current()).to.deep.equal(DEFAULT_SETTINGS);
		expect(await config.read()).to.deep.equal(DEFAULT_SETTINGS);
	});

	it('config #12: an edit by hand is seen with the next read, and kept by the next write (decision D15)', async () => {
		const config = makeConfig({ hostname: 'a' });
		const { told } = changesOf(config);
		expect((await config.read()).hostname).to.equal('a');
		file.content = '{"hostname":"b","extra":1}';
		expect((await config.read()).hostname).to.equal('b');
		file.content = '{"hostname":"c","extra":2}';
		await config.set({ pollIntervalMs: 5 });
		expect(file.content).to.equal('{"hostname":"c","extra":2,"appUpdatePollInterval":5}');
		expect((await config.read()).hostname).to.equal('c');
		expect(told).to.deep.equal([{ hostname: 'b' }, { pollIntervalMs: 5 }, { hostname: 'c' }]);
	});

	it('config #13: properties keep their order, and unknown ones stay', async () => {
		const config = makeConfig('{ "z": {"b": 1, "a": [null]},\n "hostname": "h", "a": "ä" }');
		await config.set({ uuid: 'u', hostname: 'i' });
		expect(file.content).to.equal('{"z":{"b":1,"a":[null]},"hostname":"i","a":"ä","uuid":"u"}');
	});

	it('config #14: a value that stayed the same is not written', async () => {
		const config = makeConfig({ hostname: 'h', os: { power: { mode: 'high' } }, apiKey: 'k' });
		await config.set({ hostname: 'h', os: { power: { mode: 'high' } } });
		await config.set({ uuid: undefined as unknown as null });
		expect(file.writes).to.equal(0);
		await config.set({ provisioningKey: null });
		expect(file.writes).to.equal(1);
	});

	for (const content of ['not json', '[]', 'null', '"text"', '', '{"uuid":"te', undefined]) {
		it(`config #15: without a good copy, a device does not start on ${JSON.stringify(content)}, and does not write it`, async () => {
			const config = makeConfig('');
			file.content = content;
			const error = await rejectionOf(config.start());
			expect(error.code).to.equal('config-file-malformed');
			expect(error.message).to.include('/boot/config.json');
			expect(error.message).not.to.include('te"').and.not.to.include('text');
			await rejectionOf(config.set({ uuid: 'x' }));
			expect(file.writes).to.equal(0);
			file.content = '{}';
			await config.start(); // as soon as it is corrected
		});
	}

	it('config #20: objects are kept as JSON; what is none counts as absent (decision D18)', async () => {
		const { log, lines } = recordingLog();
		const config = makeConfig({}, log);
		await config.set({ pinnedRelease: { app: 5, commit: 'c' }, targetTags: { a: 'b' } });
		expect(rows.rows.get('pinDevice')).to.equal('{"app":5,"commit":"c"}');
		expect(await config.read()).to.deep.include({ pinnedRelease: { app: 5, commit: 'c' }, targetTags: { a: 'b' } });
		for (const text of ['{"app":"5"}', '{broken']) {
			rows.rows.set('pinDevice', text);
			expect(await config.read()).to.deep.include({ pinnedRelease: undefined, targetTags: { a: 'b' } });
		}
		const fields = { setting: 'pinDevice', where: 'table config', used: 'none' };
		expect(lines.map((line) => line.fields)).to.deep.equal([fields, fields]);
		await config.set({ pinnedRelease: null });
		expect((await config.read()).pinnedRelease).to.equal(undefined);
		expect(lines).to.have.length(2);
	});

	it('database #33: a number from outside is a number', async () => {
		rows.rows.set('listenPortOverride', '3333');
		expect((await makeConfig({}).read()).listenPortOverride).to.equal(3333);
	});

	it('refuses a value of the wrong type, and then writes none of them', async () => {
		const config = makeConfig({});
		const error = await rejectionOf(config.set(untyped({ deviceName: 'n', delta: 'yes' })));
		expect(error.message).to.equal("Cannot set value for delta, as value failed validation: 'yes'");
		expect(rows.writes).to.equal(0);
		await config.set(untyped({ delta: 'on', pollIntervalMs: '60000' }));
		expect([rows.rows.get('delta'), file.content]).to.deep.equal(['true', '{"appUpdatePollInterval":60000}']);
	});

	it('repairs a row that cannot be read by setting it', async () => {
		rows.rows.set('delta', 'garbage');
		const { log, lines } = recordingLog();
		const config = makeConfig({}, log);
		expect((await config.read()).delta).to.equal(false);
		expect(config.isRefused('delta')).to.equal(true);
		await config.set({ delta: false });
		expect(rows.rows.get('delta')).to.equal('false');
		expect(config.isRefused('delta')).to.equal(false);
		await config.read();
		expect(lines).to.have.length(1);
	});

	it('says once of each value that the default holds in its place, and nothing of what may be a secret', async () => {
		const { log, lines } = recordingLog();
		const config = makeConfig({ apiKey: 12_345, os: 'secret', listenPort: {}, deviceId: 'none' }, log);
		rows.rows.set('targetTags', '["secret"]');
		for (let reads = 0; reads < 2; reads += 1) {
			expect(await config.read()).to.deep.equal(DEFAULT_SETTINGS);
		}
		expect(lines.map(({ fields }) => fields)).to.deep.equal([
			{ setting: 'listenPort', where: 'config.json', value: 'an object', used: 48_484 },
			{ setting: 'apiKey', where: 'config.json', used: 'none' },
			{ setting: 'deviceId', where: 'config.json', value: 'none', used: 'none' },
			{ setting: 'os', where: 'config.json', used: 'none' },
			{ setting: 'targetTags', where: 'table config', used: 'none' },
		]);
		rows.rows.set('targetTags', '{"a":5}');
		await config.read();
		expect(lines).to.have.length(6);
	});

	it('does not start with another identity or without its cloud where those never could be read', async () => {
		for (const content of [{ uuid: 5 }, { apiEndpoint: ['x'] }, { apiEndpoint: 'https://api', deviceApiKey: 98_765 }]) {
			const config = makeConfig(content);
			const error = await rejectionOf(config.start());
			expect(error.code).to.equal('config-invalid-value');
			expect(error.message).to.match(/^There was an error validating configuration input for key: \w+, with value: /);
			expect(error.message).not.to.include('98765');
			expect([rows.writes, file.writes]).to.deep.equal([0, 0]);
		}
	});

	it('reads all rows in one query, and sees what another process has written', async () => {
		const config = makeConfig({});
		const before = await config.read();
		expect(rows.reads).to.equal(1);
		expect(await config.read()).to.equal(before);
		const { told } = changesOf(config);
		rows.rows.set('name', 'outside');
		expect(config.current().deviceName).to.equal('local');
		expect((await config.read()).deviceName).to.equal('outside');
		expect(config.current().deviceName).to.equal('outside');
		await config.read();
		expect(told).to.deep.equal([{ deviceName: 'outside' }]);
	});

	it('is used after it is read', () => {
		expect(() => makeConfig({}).current()).to.throw('before they are read');
	});

	it('never puts older settings over newer ones, however long a read takes', async () => {
		const config = makeConfig({});
		await config.read();
		const seen: boolean[] = [];
		config.onChange(({ delta }) => seen.push(delta));
		const answers: (() => void)[] = [];
		const read = rows.read.bind(rows);
		rows.read = async (keys) => {
			const found = await read(keys); // as it is now; the answer comes later
			await new Promise<void>((resolve) => answers.push(resolve));
			return found;
		};
		const done = Promise.all([config.read(), config.set({ delta: true }), config.read()]);
		for (let turn = 0; turn < 20; turn += 1) {
			answers.pop()?.(); // the last question first
			await new Promise((resolve) => setImmediate(resolve));
		}
		const [first, , last] = await done;
		expect([first.delta, last.delta, config.current().delta]).to.deep.equal([false, true, true]);
		expect(seen).to.deep.equal([true]);
	});

	it('hands out copies of what is in the file', async () => {
		const config = makeConfig({ os: { power: { mode: 'low' } } });
		const os = (await config.read()).os as { power: { mode: string } };
		os.power.mode = 'high';
		expect((await config.read()).os).to.deep.equal({ power: { mode: 'low' } });
	});

	it('loses none of many writes at once', async () => {
		const config = makeConfig({ a: 1 });
		await Promise.all([
			config.set({ uuid: 'u' }),
			config.set({ hostname: 'h', deviceName: 'n' }),
			config.set({ deviceId: 1 }),
			config.set({ provisioningKey: null }),
		]);
		expect(JSON.parse(file.content)).to.deep.equal({ a: 1, uuid: 'u', hostname: 'h', deviceId: 1 });
	});
});
