import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { requireEngine, type RealEngine } from '../../support/real-engine.ts';
import { buildOwnImage } from './own-image.ts';

const IMAGE = 'own-image-test';
const STOP_MS = 10_000;
const EXIT_TERMINATED = 143;

describe('the container of the supervisor', function () {
	this.timeout(120_000);
	let engine: RealEngine;
	let folder: string;
	const names: string[] = [];

	before(async () => {
		engine = await requireEngine();
		await buildOwnImage(engine, IMAGE);
	});
	after(async () => {
		await engine.docker('rmi', '--force', IMAGE);
		await engine.dispose();
	});
	beforeEach(() => {
		folder = mkdtempSync(join(tmpdir(), 'own-container-'));
		for (const name of ['boot', 'state', 'data', 'root', 'database']) mkdirSync(join(folder, name));
		const config = { uuid: 'ab'.repeat(16), deviceType: 'generic-amd64' };
		writeFileSync(join(folder, 'boot/config.json'), JSON.stringify(config));
	});
	afterEach(async () => {
		if (names.length > 0) await engine.docker('rm', '--force', '--volumes', ...names.splice(0));
		rmSync(folder, { recursive: true });
	});

	/** As the operating system runs it, but with folders in place of partitions, and a network of its own. */
	async function run(...options: readonly string[]): Promise<string> {
		const name = `supervisor-${String(Date.now())}`;
		names.push(name);
		const mounts = {
			[engine.socketPath]: '/var/run/docker.sock',
			[join(folder, 'boot')]: '/mnt/boot',
			[join(folder, 'state')]: '/mnt/state',
			[join(folder, 'data')]: '/mnt/data',
			[join(folder, 'root')]: '/mnt/root',
			[join(folder, 'database')]: '/data',
		};
		const volumes = Object.entries(mounts).flatMap(([from, to]) => ['--volume', `${from}:${to}`]);
		const env = ['TEST=1', 'KEEP_FIREWALL=1', 'DOCKER_SOCKET=/var/run/docker.sock'].flatMap((one) => ['--env', one]);
		await engine.docker('run', '--detach', '--name', name, '--network', 'none', ...volumes, ...env, ...options, IMAGE);
		return name;
	}
	const inside = (name: string, ...command: readonly string[]) => engine.docker('exec', name, ...command);
	const waitUntilHealthy = (name: string) =>
		engine.eventually(async () => {
			const answer = await inside(name, 'wget', '-q', '-O', '-', 'http://127.0.0.1:48484/v1/healthy').catch(() => '');
			return answer.includes('OK');
		});
	const inspect = async (name: string, format: string): Promise<unknown> =>
		JSON.parse(await engine.docker('inspect', '--format', `{{json ${format}}}`, name));

	it('dev-tools #4: has the folder, command, health check, environment and labels of the specification', async () => {
		const config = (await inspect(IMAGE, '.Config')) as Readonly<Record<string, unknown>>;
		expect(config).to.deep.include({ WorkingDir: '/usr/src/app', Cmd: ['/usr/src/app/entry.sh'] });
		expect(config['Env']).to.include.members([
			...['LED_FILE=/dev/null', 'SUPERVISOR_IMAGE=balena/amd64-supervisor', 'VERSION=1.2.3'],
		]);
		const seconds = (count: number) => count * 1e9;
		expect(config['Healthcheck']).to.deep.equal({
			Test: ['CMD-SHELL', 'wget http://127.0.0.1:${LISTEN_PORT:-48484}/v1/healthy -O - -q'],
			...{ Interval: seconds(300), Timeout: seconds(30), StartPeriod: seconds(60), Retries: 3 },
		});
		expect(config['Labels']).to.deep.equal({
			'org.opencontainers.image.title': 'balena-supervisor',
			'org.opencontainers.image.version': '1.2.3',
			'org.opencontainers.image.revision': 'abc',
			'org.opencontainers.image.source': 'https://example.com/source',
			'org.opencontainers.image.licenses': 'Apache-2.0',
		});
	});

	it('dev-tools #21, #22: has Node.js as its first process, ends in time, and starts again as it is', async () => {
		const name = await run();
		await waitUntilHealthy(name);
		const command = await inside(name, 'cat', '/proc/1/cmdline');
		expect(command.split('\0').slice(0, 1).concat(command.split('\0').slice(-2))).to.deep.equal([
			...['node', '/usr/src/app/dist/app.js', ''],
		]);
		const id = await inspect(name, '.Id');
		for (const count of [1, 2]) {
			await engine.docker('restart', name);
			await waitUntilHealthy(name);
			expect(await inspect(name, '.RestartCount'), String(count)).to.equal(0);
		}
		const startedAt = performance.now();
		await engine.docker('stop', name);
		expect(performance.now() - startedAt).to.be.below(STOP_MS);
		expect(await inspect(name, '.State.ExitCode')).to.equal(EXIT_TERMINATED);
		await engine.docker('start', name);
		await waitUntilHealthy(name);
		expect(await inspect(name, '.Id')).to.equal(id);
		expect(await engine.docker('logs', name)).to.not.match(/mkdir|ln:|cannot create/);
	});

	it('dev-tools #5: lets another agent set the override rows while the supervisor runs', async () => {
		const name = await run();
		await waitUntilHealthy(name);
		const upsert = `import sqlite3 from 'sqlite3';
			const database = new sqlite3.Database('/data/database.sqlite');
			const sql = "INSERT INTO config (key, value) VALUES ('listenPortOverride', '48480') ON CONFLICT (key) DO UPDATE SET value = excluded.value";
			database.run(sql, (error) => database.get("SELECT value FROM config WHERE key = 'listenPortOverride'",
				(_, row) => console.log(error ?? row.value)));`;
		expect((await inside(name, 'node', '--input-type=module', '-e', upsert)).trim()).to.equal('48480');
	});

	it('supervises, and says why, with a fatrw of another architecture', async () => {
		const header = Buffer.alloc(4096);
		header.write('\x7fELF\x02\x01\x01', 'latin1');
		header.writeUInt16LE(process.arch === 'arm64' ? 62 : 183, 18);
		const fatrw = join(folder, 'fatrw');
		writeFileSync(fatrw, header, { mode: 0o755 });
		const name = await run('--volume', `${fatrw}:/bin/fatrw`);
		await waitUntilHealthy(name);
		const reason =
			/fatrw cannot be used: .* reason="cannot execute \/bin\/fatrw: it is built for \S+, the supervisor for/;
		expect(await engine.docker('logs', name)).to.match(reason);
	});
});
