import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { makeRuntimeTree } from '../../../build-utils/runtime-tree.ts';
import { createControlClient } from '../../../tools/cloud/control-client.ts';
import { startCloud, type RunningCloud } from '../../../tools/cloud/start-cloud.ts';
import { describeMachine } from '../../../tools/dind/device-folder.ts';
import { openDatabase } from '../../../src/adapters/sqlite/index.ts';
import { CleanUp } from '../../support/clean-up.ts';
import { silentLog } from '../../support/logs.ts';
import { RawDatabase } from '../../unit/adapters/sqlite/raw-database.ts';
import { containersByService } from './engine-view.ts';
import { setScene, type Scene } from './scene.ts';

const PROJECT = join(import.meta.dirname, '../../..');
/** As another agent runs it in the container, with its own connection (spec: host 14.4, database 7). */
const UPSERT = `
	import sqlite3 from 'sqlite3';
	const [path, ...pairs] = process.argv.slice(1);
	const db = new sqlite3.Database(path);
	const upsert = 'INSERT INTO config (key, value) VALUES (?, ?) ON CONFLICT(key) DO UPDATE SET value = excluded.value';
	for (const pair of pairs) {
		await new Promise((resolve, reject) => {
			db.run(upsert, pair.split('=', 2), (error) => (error ? reject(error) : resolve()));
		});
	}
	await new Promise((resolve) => db.close(resolve));
`;
const OVERRIDE_PORT = '48480';
const UUID = 'c'.repeat(32);
const KEY = 'e'.repeat(32);

/** What a device asked of it, each kind of request once. */
function asked({ requests }: RunningCloud, uuid: string): readonly string[] {
	const lines = requests.since(0).map(({ method, path }) => `${method} ${path.replaceAll(uuid, 'UUID')}`);
	return [...new Set(lines.map((line) => line.replace(/ (\/v7\/).*/, ' $1…')))].sort();
}

describe('a device between which and its cloud another agent stands', function () {
	this.timeout(60_000);
	const cleanUp = new CleanUp();
	let scene: Scene;
	let agent: RunningCloud;

	beforeEach(async () => {
		agent = await startCloud({ port: 0, minimumPollIntervalMs: 1000 });
		cleanUp.add(() => agent.stop());
	});
	afterEach(() => cleanUp.run());

	async function set(config: Readonly<Record<string, unknown>> = {}): Promise<void> {
		scene = await setScene({ config });
		cleanUp.add(() => scene.dispose());
	}

	it('host #40: the agent writes its two rows with the packages of the image while the supervisor runs', async () => {
		await set();
		const { device, images } = scene;
		await device.start();
		await scene.apply({ web: images[0] });
		const workingDirectory = join(device.folder, 'usr/src/app');
		makeRuntimeTree({ dist: join(PROJECT, 'dist'), folder: workingDirectory });
		const rows = [`apiEndpointOverride=${agent.url}`, `listenPortOverride=${OVERRIDE_PORT}`];
		const args = ['--input-type=module', '--eval', UPSERT, '--', device.databasePath, ...rows];
		await promisify(execFile)(process.execPath, args, { cwd: workingDirectory, env: {} });

		const read = () =>
			new RawDatabase(device.databasePath).all(
				"select key || '=' || value as row from config where key like '%Override' order by key",
			);
		expect((await read()).map(({ row }) => row)).to.deep.equal(rows);
		await device.update();
		const uuid = await device.uuid();
		const isPolled = () => asked(agent, uuid).includes('GET /device/v3/UUID/state');
		await device.waitFor('it asks the other agent for its target', isPolled);
		// The port is for its next start.
		expect((await device.call('GET', '/ping'))?.status).to.equal(200);
		expect((await read()).map(({ row }) => row)).to.deep.equal(rows);
		expect(await device.kill('SIGTERM')).to.equal(143);
	});

	it('config #33: polls and reports at the override, registers and streams its log at the cloud', async () => {
		await set({ uuid: UUID, deviceApiKey: KEY });
		const { device, cloud, images, engine } = scene;
		const agentClient = createControlClient(agent.url);
		const fleet = await registerAt(agent.url);
		const image = { web: images[0] };
		const labels = { 'io.balena.features.balena-api': '1' };
		const { commit } = await agentClient.createRelease(fleet.id, {
			composition: { services: { web: { labels } } },
			images: image,
		});
		const database = await openDatabase({ path: device.databasePath, log: silentLog });
		await database.settings.write(new Map([['apiEndpointOverride', agent.url]]));
		await database.close();

		await device.start();
		const viewed = async () => (await agentClient.listDevices())[0];
		await device.waitFor('it has reported its release', async () => (await viewed())?.releaseUuid === commit);
		const key = String((await viewed())?.state['api_secret']);
		expect((await device.call('PATCH', '/v2/device/tags', key, { a: '1' }))?.status).to.equal(202);
		await device.waitFor('it has sent its tags and its log', () => asked(cloud, UUID).length >= 3);

		expect(asked(cloud, UUID)).to.deep.equal([
			'PATCH /device/v3/tags',
			'POST /device/register',
			'POST /device/v2/UUID/log-stream',
		]);
		const atAgent = asked(agent, UUID);
		expect(atAgent).to.include.members(['GET /device/v3/UUID/state', 'PATCH /device/v3/state', 'POST /v7/…']);
		expect(atAgent.filter((line) => /register$|log-stream|tags$/.test(line))).to.deep.equal([
			'POST /device/register', // of this test
		]);
		const { Config } = (await containersByService(engine))['web'] ?? {};
		expect(Config?.Env).to.include(`BALENA_API_URL=${cloud.url}`);
	});

	/** The agent knows the device by the same identity. */
	async function registerAt(url: string) {
		const { slug: deviceType, arch } = describeMachine();
		const fleet = await createControlClient(url).createFleet({ name: 'fleet', deviceType, arch });
		const answer = await fetch(`${url}/device/register?apikey=${fleet.provisioningKey}`, {
			method: 'POST',
			headers: { 'content-type': 'application/json' },
			body: JSON.stringify({ application: fleet.id, device_type: deviceType, uuid: UUID, api_key: KEY }),
		});
		expect(answer.status).to.equal(201);
		return fleet;
	}
});
