import { existsSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { get } from 'node:http';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { readTraces } from './engine-view.ts';
import { setScene, type Scene } from './scene.ts';

type Properties = Readonly<Record<string, unknown>>;

/** What a test writes into config.json, from what it holds; `undefined` removes the file. */
type Damage = (text: string) => string | undefined;

const half: Damage = (text) => text.slice(0, text.length / 2);
const DAMAGES: readonly (readonly [name: string, damage: Damage, problem: string])[] = [
	['truncated', half, 'cut off'],
	['empty', () => '', 'empty'],
	['filled with zeros', (text) => '\0'.repeat(text.length), 'empty'],
	['half zeros', (text) => (half(text) ?? '').padEnd(text.length, '\0'), 'cut off'],
	['missing', () => undefined, 'missing'],
];
const ERRORS: readonly (readonly [name: string, damage: Damage, place: string])[] = [
	['a list', () => '[]', 'line 1, column 1'],
	['a typing error', (text) => text.replace(',', ',\n,'), 'line 2, column 1'],
];
const set =
	(properties: Properties): Damage =>
	(text) =>
		JSON.stringify({ ...(JSON.parse(text) as object), ...properties });
/** Accepted as they are, or with another value for one setting. */
const ACCEPTED: readonly (readonly [name: string, damage: Damage, said?: string])[] = [
	['a mark of byte order', (text) => `\uFEFF${text}`],
	['duplicate keys', (text) => text.replace('{', '{"uuid":"0","listenPort":1,')],
	['a port that is text', set({ listenPort: 'abc' }), 'setting=listenPort'],
	['a port out of range', set({ listenPort: 99_999 }), 'setting=listenPort'],
	['an interval that is text', set({ appUpdatePollInterval: 'x' }), 'setting=appUpdatePollInterval'],
	['a uuid that is a number', set({ uuid: 5 }), 'setting=uuid'],
	['an endpoint that is a number', set({ apiEndpoint: 5 }), 'setting=apiEndpoint'],
	[
		'an endpoint that is no URL',
		set({ apiEndpoint: 'garbage' }),
		'apiEndpoint in config.json cannot be used (garbage)',
	],
];

describe('a device with four services whose config.json is damaged', function () {
	this.timeout(120_000);
	let scene: Scene;
	let traces: readonly string[];
	/** config.json as it was. */
	let good: string;

	before(async () => {
		scene = await setScene();
		const { device, images, engine } = scene;
		await device.start();
		const [one, two, three, four] = images;
		await scene.apply({ one, two, three, four });
		traces = await readTraces(engine);
		expect(traces).to.have.length(4);
	});
	after(() => scene.dispose());

	beforeEach(async () => {
		await scene.device.kill('SIGTERM');
		good = readFileSync(scene.device.configPath, 'utf8');
	});

	afterEach(async () => {
		expect(await readTraces(scene.engine), 'no container was touched').to.deep.equal(traces);
		// As a person would put it back; the process takes it at once, or finds it at its start.
		writeFileSync(scene.device.configPath, good);
	});

	const write = (damage: Damage) => {
		const { configPath } = scene.device;
		const content = damage(good);
		if (content === undefined) rmSync(configPath);
		else writeFileSync(configPath, content);
		return content;
	};
	const read = () => readFileSync(scene.device.configPath, 'utf8');
	const data = (name: string) => join(scene.device.folder, 'data', name);
	const linesWith = (text: string) =>
		scene.device
			.logSinceStart()
			.split('\n')
			.filter((line) => line.includes(text));
	const isSupervised = async () => {
		await scene.device.waitFor('it is settled', async () => (await scene.device.status())?.appState === 'applied');
	};

	/** At the start, or in a process that runs. */
	async function happens(moment: 'at the start' | 'while running', damage: Damage): Promise<string | undefined> {
		if (moment === 'while running') {
			await scene.device.start();
			const content = write(damage);
			return content;
		}
		const content = write(damage);
		await scene.device.start();
		return content;
	}

	for (const moment of ['at the start', 'while running'] as const) {
		for (const [name, damage, problem] of DAMAGES) {
			it(`config #15: ${name} ${moment}: it is restored, the damaged one is kept, and both logs say so`, async () => {
				const before = existsSync(data('.')) ? readdirSync(data('.')).filter((file) => file.includes('damaged')) : [];
				const content = await happens(moment, damage);
				await scene.device.waitFor('it is restored', () => existsSync(scene.device.configPath) && read() === good);
				await scene.device.waitForLog(`config.json was damaged (${problem})`);
				expect(linesWith('config.json was damaged, its last good content is restored')).to.have.length(1);
				expect(linesWith('config.json was damaged (')).to.have.length(1);
				await isSupervised();
				const after = readdirSync(data('.')).filter((file) => file.includes('damaged'));
				expect(after.length).to.be.at.most(3);
				const [added = ''] = after.filter((file) => !before.includes(file));
				expect(added === '' ? undefined : readFileSync(data(added), 'utf8')).to.equal(content);
				if (added !== '') expect(statSync(data(added)).mode & 0o777).to.equal(0o600);
			});
		}

		for (const [name, damage, place] of ERRORS) {
			it(`config #15: ${name} ${moment}: it is left as it is, its place is said, and the copy holds`, async () => {
				const content = await happens(moment, damage);
				await scene.device.waitForLog(place);
				expect(linesWith(place)).to.have.length(1);
				await isSupervised();
				expect(read()).to.equal(content);
				writeFileSync(scene.device.configPath, good);
				await scene.device.waitForLog('config.json can be read again');
			});
		}
	}

	for (const [name, damage, said] of ACCEPTED) {
		it(`config #15: ${name}: it starts, says what does not hold, and leaves the file as it is`, async () => {
			const content = write(damage);
			const given = JSON.parse(good) as { readonly listenPort: number };
			scene.device.launch();
			await scene.device.waitForLog(eventOfStart);
			// Where the port cannot be used, the API is at the default one, which the machine may use otherwise.
			if (content?.includes(`"listenPort":${given.listenPort}`) === true) await isUp();
			if (said !== undefined) {
				await scene.device.waitForLog(said);
				await sleep(1500);
				expect(linesWith(said)).to.have.length(1);
			}
			expect(linesWith('unexpected error')).to.deep.equal([]);
			if (content?.includes('"x"') === true) {
				await scene.device.waitFor('the target puts it right', () => read() === good);
			} else {
				expect(read()).to.equal(content);
			}
		});
	}

	const eventOfStart = 'Supervisor start';
	const isUp = () =>
		scene.device.waitFor('its API answers', async () => (await scene.device.call('GET', '/ping'))?.status === 200);

	it('config #12: an edit by hand while running is kept by a change of ours, and takes effect', async () => {
		const { device } = scene;
		await device.start();
		expect(await statusAs(device.url, 'by-hand')).to.equal(403);
		const edited = { ...(JSON.parse(good) as object), country: 'CH', hostname: 'by-hand', ntpServers: 'ntp.example' };
		writeFileSync(`${device.configPath}.tmp`, JSON.stringify(edited));
		renameSync(`${device.configPath}.tmp`, device.configPath);
		await device.waitFor('it is called by its new name', async () => {
			return (await statusAs(device.url, 'by-hand')) === 200;
		});
		const key = await device.apiKey();
		const body = { network: { hostname: 'by-api' } };
		expect(await device.call('PATCH', '/v1/device/host-config', key, body)).to.have.property('status', 200);
		expect(JSON.parse(read())).to.deep.equal({ ...edited, hostname: 'by-api' });
	});

	it('an edit by hand of a setting that the target sets is noticed at once, and put right without a restart', async () => {
		const { device } = scene;
		await device.start();
		await isSupervised();
		write(set({ appUpdatePollInterval: 12_345 }));
		await device.waitFor('the target holds again', () => read().includes('"appUpdatePollInterval":1000'));
		expect(read()).to.equal(good);
	});

	it('says of a setting that is read once that it takes effect with the next start', async () => {
		const { device } = scene;
		await device.start();
		write(set({ uuid: 'f'.repeat(32), developmentMode: true }));
		await device.waitForLog('takes effect when the supervisor starts again');
		expect(linesWith('takes effect when the supervisor starts again')).to.have.length(1);
		await isSupervised();
	});
});

describe('a device without a cloud whose config.json is edited', function () {
	this.timeout(60_000);
	let scene: Scene;

	before(async () => {
		scene = await setScene({ config: { apiEndpoint: '', apiKey: undefined } });
		await scene.device.start();
	});
	after(() => scene.dispose());

	it('is in development mode at once, without a restart (decision D15)', async () => {
		const { device } = scene;
		const { configPath } = device;
		expect(device.log()).not.to.include('the API requires no key');
		const given = JSON.parse(readFileSync(configPath, 'utf8')) as object;
		writeFileSync(configPath, JSON.stringify({ ...given, developmentMode: true }));
		await device.waitForLog('the API requires no key');
	});
});

/** Of an open route, asked by this name. */
function statusAs(url: string, host: string): Promise<number | undefined> {
	return new Promise((resolve, reject) => {
		get(`${url}/ping`, { headers: { host, connection: 'close' } }, (response) => {
			response.resume();
			resolve(response.statusCode);
		}).once('error', reject);
	});
}
