import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { existsSync } from 'node:fs';
import { expect } from 'chai';
import { createControlClient, type ControlClient } from '../../../tools/cloud/control-client.ts';
import { findDeviceHost, runDocker } from '../../../tools/device/index.ts';
import { SupervisorApi } from '../../../tools/dind/supervisor-api.ts';
import { OWN_TABLES, RawDatabase } from '../../unit/adapters/sqlite/raw-database.ts';
import { keepPackages } from '../device/keep-packages.ts';
import { BOOT, OsScene, UNIT, waitUntil } from './os-scene.ts';

const SAMPLES = join(import.meta.dirname, '../../../tools/sample');
const FIRST = join(SAMPLES, 'docker-compose.yml');
const NEXT = join(SAMPLES, 'docker-compose.next.yml');
const PORT = 48626;
const HOST = 'balena-container-supervisor';
const POWER_CUTS = 10;
/** From before the target arrives to after the new service runs. */
const UPDATE_MS = 6000;
const SUPERVISED = 'label=io.balena.supervised';

/** One host lives through all of it, in this order, as each boot takes its time. */
describe('the life of a device, as a service of its host', function () {
	this.timeout(600_000);
	let scene: OsScene;
	let cloud: ControlClient;
	let uuid = '';
	let key = '';

	before(async function () {
		if (process.getuid?.() !== 0) this.skip();
		keepPackages();
		scene = new OsScene(PORT);
		await scene.succeed('run', '--os', '--port', String(PORT));
		await findDevice();
	});
	after(async () => {
		await (scene as OsScene | undefined)?.dispose();
	});

	async function findDevice(): Promise<void> {
		cloud = createControlClient(join(scene.device, 'cloud.sock'));
		const [device] = await cloud.listDevices();
		uuid = device?.uuid ?? '';
		key = (await scene.succeed('key')).trim();
	}

	const docker = async (...args: readonly string[]) => (await scene.succeed('docker', ...args)).trim();
	const host = (script: string) => scene.succeed('shell', 'sh', '-c', script);
	const idOf = (service: string) =>
		docker('ps', '--all', '--quiet', '--no-trunc', '--filter', `label=io.balena.service-name=${service}`);
	/** Also those that were only created, or that the engine has not removed completely. */
	const listAll = async () => (await docker('ps', '--all', '--quiet', '--filter', SUPERVISED)).split('\n');
	const readServices = async () => (await docker('ps', '--quiet', '--filter', SUPERVISED)).split('\n').sort();
	const isOnTarget = async () => (await scene.readState(key)) === 'applied';
	const waitForTarget = () => waitUntil('the device is on target', isOnTarget);
	const readBoot = async () => (await scene.inside('systemctl', 'show', '--value', '--property', BOOT)).trim();

	/** The app, as its own API shows it. */
	async function readApp() {
		const [app] = Object.values((await new SupervisorApi(PORT, key).readApplications()) ?? {});
		return app;
	}

	async function ask(method: string, path: string, body?: object): Promise<number> {
		const answer = await fetch(`http://127.0.0.1:${PORT}${path}?apikey=${key}`, {
			method,
			...(body && { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
			signal: AbortSignal.timeout(30_000),
		});
		return answer.status;
	}

	/** Also one that goes by itself: the journal of the machine is no use for this, as its boots are the machine's. */
	async function waitForReboot(before: string): Promise<void> {
		await waitUntil('the host boots again', async () => {
			const now = await readBoot();
			return /^\d+$/.test(now) && now !== before;
		});
		await waitForTarget();
	}

	async function waitForLine(what: string): Promise<void> {
		await waitUntil(`the cloud has "${what}"`, async () =>
			(await cloud.listLogs(uuid)).some(({ message }) => message.includes(what)),
		);
	}

	it('knows what its host can do, and says what is missing', async () => {
		await waitUntil('it has looked', async () =>
			(await host(`journalctl -u ${UNIT} -o cat`)).includes('synchronised clock'),
		);
		const said = (await host(`journalctl -u ${UNIT} -o cat`)).match(/missing on this host: [^;]+/g) ?? [];
		const missing = said.map((line) => line.replace('missing on this host: ', ''));
		expect(missing).to.include.members(['synchronised clock', 'hostname']);
		for (const name of ['engine', 'journal', 'systemd', 'reboot', 'VPN', 'mDNS', 'host update', 'firewall IPv4']) {
			expect(missing).not.to.include(name);
		}
	});

	it('updates the service that differs, and leaves the others running', async () => {
		const [web, worker] = [await idOf('web'), await idOf('worker')];
		await scene.succeed('release', NEXT);
		expect(await idOf('web')).not.to.equal(web);
		expect(await idOf('worker')).to.equal(worker);
	});

	it('waits for a lock of a user, and says so', async () => {
		const web = await idOf('web');
		const appId = (await docker('inspect', '--format', '{{index .Config.Labels "io.balena.app-id"}}', web)).trim();
		const folder = `/tmp/balena-supervisor/services/${appId}/web`;
		await host(`mkdir -p ${folder} && touch ${folder}/updates.lock`);
		await scene.succeed('release', FIRST, '--no-wait');
		await waitUntil('it says that it waits', async () =>
			(await host(`journalctl -u ${UNIT} -o cat`)).includes('Updates are locked'),
		);
		await sleep(3000);
		expect(await idOf('web')).to.equal(web);
		expect(await isOnTarget()).to.equal(false);
		await host(`rm ${folder}/updates.lock`);
		await waitUntil('web is another', async () => (await idOf('web')) !== web);
		await waitForTarget();
	});

	it('purges the data of an app when it is asked to', async () => {
		const worker = await idOf('worker');
		await docker('exec', worker, 'touch', '/data/mark');
		const appId = Number(await docker('inspect', '--format', '{{index .Config.Labels "io.balena.app-id"}}', worker));
		expect(await ask('POST', '/v1/purge', { appId })).to.equal(200);
		await waitForTarget();
		expect(await docker('exec', await idOf('worker'), 'ls', '/data')).to.equal('number');
	});

	it('is back on target after its engine was killed', async () => {
		await host('kill -9 $(cat /run/balena-engine.pid)');
		await waitUntil('the engine is another', async () => (await scene.dindctl('docker', 'ps')).code === 0);
		await waitUntil('all services run', async () => (await readServices()).length === 3);
		await waitForTarget();
		expect(await scene.inside('systemctl', 'is-active', UNIT)).to.equal('active');
	});

	it('sends logs from the journal to the cloud until it reboots, and again afterwards', async () => {
		const say = async (words: string) =>
			docker('exec', await idOf('worker'), 'sh', '-c', `echo "${words}" >/proc/1/fd/1`);
		await say('first words');
		await waitForLine('first words');
		const before = await readBoot();
		await say('last words');
		expect(await ask('POST', '/v1/reboot')).to.equal(202);
		await waitForReboot(before);
		await waitForLine('last words');
		await say('words after');
		await waitForLine('words after');
		// Containers have a terminal, as the predecessor gave them one: each line ends with a carriage return.
		const words = (await cloud.listLogs(uuid))
			.map(({ message }) => message.trim())
			.filter((line) => line.includes('words'));
		expect(words).to.deep.equal(['first words', 'last words', 'words after']);
	});

	it('stays off when it is shut down, and takes over what the predecessor would have left on its disk', async () => {
		await docker('exec', await idOf('worker'), 'touch', '/data/mark');
		const services = await readServices();
		expect(await ask('POST', '/v1/shutdown')).to.equal(202);
		await waitUntil('the host is off', async () => (await runningHosts()) === '');
		await sleep(3000);
		expect(await runningHosts()).to.equal('');
		await scene.succeed('stop', '--keep');
		await removeOwnTables();
		await scene.succeed('run', '--os', '--port', String(PORT));
		await findDevice();
		await waitForTarget();
		expect(await readServices(), 'the same containers').to.deep.equal(services);
		expect((await docker('exec', await idOf('worker'), 'ls', '/data')).split('\n')).to.include('mark');
	});

	const carrier = () => findDeviceHost(scene.device)?.socketPath;
	const runningHosts = async () => (await runDocker(carrier(), ['ps', '--quiet'])).trim();

	/** The 19 recorded migrations and their tables are those of the predecessor. */
	async function removeOwnTables(): Promise<void> {
		const folder = join(scene.device, 'data/resin-data/balena-supervisor');
		const path = [folder, join(scene.device, 'data/balena-supervisor')]
			.map((one) => join(one, 'database.sqlite'))
			.find((one) => existsSync(one));
		const database = new RawDatabase(path ?? '');
		const there = (await database.pluck("select name from sqlite_master where type = 'table'")).map(String);
		const own = there.filter((name) => OWN_TABLES.includes(name));
		expect(own).to.have.length.above(3);
		await database.exec(own.map((name) => `drop table \`${name}\``).join('; '));
	}

	it(`is on target after the power was cut at ${POWER_CUTS} moments of an update`, async () => {
		let file = FIRST;
		for (let cut = 0; cut < POWER_CUTS; cut++) {
			file = file === FIRST ? NEXT : FIRST;
			await scene.succeed('release', file, '--no-wait');
			const ms = Math.round(Math.random() * UPDATE_MS);
			await sleep(ms);
			await runDocker(carrier(), ['kill', HOST]);
			await runDocker(carrier(), ['start', HOST]);
			await waitUntil(
				`cut ${cut}, after ${ms} ms: on target`,
				async () => (await isOnTarget()) && (await isReleased()),
			);
			const services = await readServices();
			expect(services, `cut ${cut}, after ${ms} ms: ${services.length === 3 ? '' : await explain()}`).to.have.length(3);
			await waitUntil(`cut ${cut}, after ${ms} ms: nothing is left over`, async () => (await listAll()).length === 3);
		}
		expect((await docker('exec', await idOf('worker'), 'ls', '/data')).split('\n')).to.include('mark');
		const files = await host('ls /resin-data/balena-supervisor');
		expect(files).not.to.include('damaged');
	});

	/** What a service that does not run needs to be explained. */
	async function explain(): Promise<string> {
		const status = await new SupervisorApi(PORT, key).readApplications();
		const containers = await docker('ps', '--all', '--format', '{{.Names}} {{.Status}}');
		return [JSON.stringify(status), containers, await host(`journalctl -u ${UNIT} -o short-precise -n 60`)].join('\n');
	}

	/** Of the cloud's newest release, not of the one before the cut. */
	async function isReleased(): Promise<boolean> {
		const [fleet] = await cloud.listFleets();
		const app = await readApp();
		return app !== undefined && app.commit === fleet?.targetRelease;
	}
});
