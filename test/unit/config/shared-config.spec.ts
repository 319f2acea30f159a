import { expect } from 'chai';
import { Config, DEFAULT_SETTINGS } from '../../../src/config/index.ts';
import { recordingLog, silentLog } from '../../support/logs.ts';
import { configJsonOf, MemoryConfigCopy, MemoryFile, MemorySettingRows } from './memory-setting-rows.ts';

describe('settings in a config.json that others write too', () => {
	let rows: MemorySettingRows;
	let file: MemoryFile;

	beforeEach(() => {
		rows = new MemorySettingRows();
	});

	function makeConfig(content: object | string, log = silentLog): Config {
		file = new MemoryFile(content);
		return new Config({ rows, configJson: configJsonOf(file, { log }), log });
	}

	it('keeps what is built once until the next start, and says so once (decision D15)', async () => {
		const { log, lines } = recordingLog();
		const given = { apiEndpoint: 'https://a', uuid: 'u', listenPort: 1, deviceApiKey: 'key', hostname: 'a' };
		const config = makeConfig(given, log);
		await config.read();
		const edited = { apiEndpoint: 'https://b', uuid: 'v', listenPort: 2, deviceApiKey: 'yek', hostname: 'b' };
		file.content = JSON.stringify(edited);
		for (let reads = 0; reads < 2; reads += 1) {
			expect(await config.read()).to.deep.include({ ...given, hostname: 'b' });
		}
		expect(lines.map(({ fields }) => fields['setting'])).to.have.members(Object.keys(edited).slice(0, 4));
		expect(lines.every(({ message }) => message.includes('takes effect when the supervisor starts again'))).to.equal(
			true,
		);
		await config.set({ uuid: 'w' });
		expect(config.current()).to.deep.include({ uuid: 'w', deviceApiKey: 'key' });
		expect(JSON.parse(file.content)).to.deep.equal({ ...edited, uuid: 'w' });
		const next = new Config({ rows, configJson: configJsonOf(file), log });
		expect(await next.read()).to.deep.include({ ...edited, uuid: 'w' });
	});

	it('takes a provisioning key at once while it waits for one, and not in the place of its own key', async () => {
		const config = makeConfig({ apiEndpoint: 'https://a', uuid: 'u', deviceApiKey: 'own' });
		await config.read();
		file.content = JSON.stringify({ apiEndpoint: 'https://a', uuid: 'u', deviceApiKey: 'own', apiKey: 'one' });
		expect((await config.read()).provisioningKey).to.equal('one');
		await config.set({ registeredAt: 1, deviceId: 1, provisioningKey: null });
		file.content = JSON.stringify({ ...(JSON.parse(file.content) as object), apiKey: 'two' });
		expect((await config.read()).provisioningKey).to.equal(undefined);
	});

	it('sets its own parts of `os` only, also where others have changed theirs meanwhile (decision D15)', async () => {
		const config = makeConfig({ os: { power: { mode: 'low' }, network: { wifi: 1 } } });
		const { os } = await config.read();
		file.content = '{"os":{"power":{"mode":"low"},"network":{"wifi":2},"sshKeys":["k"]}}';
		await config.set({ os: { ...os, power: { mode: 'high' }, fan: { profile: 'cool' } } });
		expect(file.content).to.equal(
			'{"os":{"power":{"mode":"high"},"network":{"wifi":2},"sshKeys":["k"],"fan":{"profile":"cool"}}}',
		);
	});

	it('config #15: with a good copy it starts, as the same device (decision D14)', async () => {
		file = new MemoryFile({ apiEndpoint: 'https://a', uuid: 'u', deviceApiKey: 'k', hostname: 'h' });
		const copy = new MemoryConfigCopy(file);
		const start = async () => {
			const config = new Config({ rows, configJson: configJsonOf(file, { copy }), log: silentLog });
			await config.start();
			return config;
		};
		await start();
		file.content = 'not json';
		expect((await start()).current()).to.deep.include({ uuid: 'u', hostname: 'h', deviceApiKey: 'k' });
		expect(file.content).to.equal('not json');
	});

	for (const [listenPort, apiTimeout] of [
		[99_999, -1],
		[-1, '-5'],
		[1.5, 1e999],
		[0, 'x'],
	]) {
		it(`refuses a port and a timeout that would end the process: ${String(listenPort)} ${String(apiTimeout)} (decision D18)`, async () => {
			const { log, lines } = recordingLog();
			const config = makeConfig(`{"listenPort":${String(listenPort)},"apiTimeout":"${String(apiTimeout)}"}`, log);
			rows.rows.set('listenPortOverride', '70000');
			for (let reads = 0; reads < 2; reads += 1) {
				expect(await config.read()).to.deep.equal(DEFAULT_SETTINGS);
			}
			const refused = lines.map(({ fields }) => fields['setting']);
			expect(refused).to.have.members(['listenPort', 'apiTimeout', 'listenPortOverride']);
		});
	}
});
