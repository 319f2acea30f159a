import { execFile } from 'node:child_process';
import {
	existsSync,
	mkdirSync,
	readFileSync,
	readdirSync,
	renameSync,
	rmSync,
	truncateSync,
	writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { RawDatabase } from '../../unit/adapters/sqlite/raw-database.ts';
import { readTraces } from './engine-view.ts';
import { setScene, type Scene } from './scene.ts';

const run = promisify(execFile);
const PAGE = 4096;
/** One of them has a key of the device API in its environment: with another key it would be made anew. */
const COMPOSITIONS = { a: { labels: { 'io.balena.features.supervisor-api': '1' } } };
/** On its way to another state it would be touched by now. */
const SETTLE_MS = 1500;

describe('a device whose database is damaged (decision D13)', function () {
	this.timeout(60_000);
	let scene: Scene;
	let commit: string;
	let traces: readonly string[];
	let raw: RawDatabase;
	let mounts: string[];

	before(async () => {
		scene = await setScene();
		raw = new RawDatabase(scene.device.databasePath);
		mounts = [];
		const [one, two] = scene.images;
		await scene.device.start();
		({ commit } = await scene.apply({ a: one, b: one, c: two, d: two }, { compositions: COMPOSITIONS }));
		traces = await readTraces(scene.engine);
		expect(traces).to.have.length(4);
	});
	afterEach(async function () {
		if (this.currentTest?.isFailed() === true) await end(); // or every later one fails too
		for (const path of mounts.splice(0).reverse()) await run('umount', ['--lazy', path]);
	});
	after(() => scene.dispose());

	async function mount(...args: readonly string[]): Promise<void> {
		await run('mount', [...args]);
		mounts.push(args.at(-1) ?? '');
	}

	async function end(): Promise<void> {
		await scene.device.kill('SIGTERM');
	}

	/** The four containers are those of the beginning. */
	async function expectUntouched(): Promise<void> {
		await scene.device.waitForOnTarget(commit);
		await sleep(SETTLE_MS);
		expect(await readTraces(scene.engine)).to.deep.equal(traces);
		expect(scene.device.pid).to.not.equal(undefined);
	}

	function setAsideNames(): readonly string[] {
		return readdirSync(join(scene.device.folder, 'data')).filter((name) => name.includes('.damaged-'));
	}

	const AT_START: Readonly<Record<string, (path: string, bytes: Buffer) => Promise<void> | void>> = {
		'half of the file': (path, bytes) => truncateSync(path, Math.floor(bytes.length / 2)),
		'1,000 bytes': (path) => truncateSync(path, 1000),
		'the first page overwritten': (path, bytes) =>
			writeFileSync(path, Buffer.concat([Buffer.alloc(PAGE, 0xa5), bytes.subarray(PAGE)])),
		'all pages but the first overwritten': (path, bytes) =>
			writeFileSync(path, Buffer.concat([bytes.subarray(0, PAGE), Buffer.alloc(bytes.length - PAGE, 0xa5)])),
		'a middle page overwritten': async (path, bytes) => {
			const [page] = await raw.pluck("select rootpage from sqlite_master where name = 'image'");
			writeFileSync(path, Buffer.from(bytes).fill(0xa5, (Number(page) - 1) * PAGE, Number(page) * PAGE));
		},
		'a dropped table': () => raw.exec('drop table image'),
		'a folder in its place': (path) => {
			rmSync(path);
			mkdirSync(path);
		},
		'database #31: random bytes': (path, bytes) =>
			writeFileSync(path, Buffer.from(bytes.map((_, n) => (n * 7919) % 251))),
	};
	for (const [what, damage] of Object.entries(AT_START)) {
		it(`${what}: it is set aside and rebuilt, the user is told, no container is touched`, async () => {
			const { device } = scene;
			await end();
			const before = setAsideNames();
			await damage(device.databasePath, readFileSync(device.databasePath));
			await device.start();
			await device.waitForLog('The database was damaged. It was set aside as');
			await expectUntouched();
			expect(setAsideNames().filter((name) => !before.includes(name))).to.have.length(1);
			expect(setAsideNames().length).to.be.at.most(3);
		});
	}

	for (const [what, change] of Object.entries({
		'a garbage journal': (path: string) => writeFileSync(`${path}-journal`, Buffer.alloc(3000, 0x5a)),
		'WAL mode': () => raw.exec('pragma journal_mode = wal'),
		'no file': (path: string) => rmSync(path),
		'an empty file': (path: string) => truncateSync(path, 0),
	})) {
		it(`${what}: it continues`, async () => {
			await end();
			await change(scene.device.databasePath);
			await scene.device.start();
			await expectUntouched();
			expect(scene.device.logSinceStart()).to.not.include('was damaged');
		});
	}

	it('a row with a value that is none: the default holds, and it is told once', async () => {
		await end();
		await raw.exec("update config set value = 'maybe' where key = 'delta'");
		await raw.exec("insert or ignore into config (key, value) values ('delta', 'maybe')");
		await scene.device.start();
		await expectUntouched();
		expect(scene.device.logSinceStart().split('a setting cannot be used')).to.have.length(2);
	});

	const WHILE_RUNNING: Readonly<Record<string, (path: string) => void>> = {
		deleted: (path) => rmSync(path),
		replaced: (path) => {
			writeFileSync(`${path}.other`, 'of another device');
			renameSync(`${path}.other`, path);
		},
		overwritten: (path) => writeFileSync(path, Buffer.alloc(100_000, 0xa5)),
		'cut to half': (path) => truncateSync(path, Math.floor(readFileSync(path).length / 2)),
	};
	for (const [what, damage] of Object.entries(WHILE_RUNNING)) {
		it(`${what} while it runs: the next write has its place again, the user is told`, async () => {
			const { device } = scene;
			damage(device.databasePath);
			const { commit: next } = await scene.apply(
				{ a: scene.images[0], b: scene.images[0], c: scene.images[1], d: scene.images[1] },
				{ compositions: { ...COMPOSITIONS, d: { labels: { run: what.replaceAll(' ', '-') } } } },
			);
			commit = next;
			await device.waitForLog(/The database (was damaged|file was removed or replaced)/);
			const now = await readTraces(scene.engine);
			await end();
			await device.start();
			await device.waitForOnTarget(commit);
			expect(await readTraces(scene.engine)).to.deep.equal(now);
			expect(await raw.pluck('pragma quick_check')).to.deep.equal(['ok']);
			traces = now;
		});
	}

	it('a read-only file and folder: it runs from what is there, and says so', async () => {
		const { device } = scene;
		const folder = join(device.folder, 'data');
		await end();
		await mount('--bind', folder, folder);
		await run('mount', ['-o', 'remount,ro,bind', folder]);
		await device.start();
		await expectUntouched();
		const answer = await device.call('POST', '/v1/regenerate-api-key', await device.apiKey());
		expect(answer?.status).to.equal(503);
		await device.waitForLog('The database cannot be written');
		await end();
	});

	it('a full disk: it runs, requests are carried out, and the target follows when there is space', async () => {
		const { device, engine } = scene;
		const folder = join(device.folder, 'data');
		const saved = readFileSync(device.databasePath);
		await mount('-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', folder);
		writeFileSync(device.databasePath, saved);
		fill(folder);
		await device.start();
		await expectUntouched();
		const before = await readTraces(engine);
		const appId = scene.fleet.id;
		const restarted = await device.call(
			'POST',
			`/v2/applications/${String(appId)}/restart-service`,
			await device.apiKey(),
			{
				serviceName: 'b',
			},
		);
		expect(restarted?.status).to.equal(200);
		expect((await readTraces(engine)).filter((line) => !before.includes(line))).to.have.length(1);
		await device.waitForLog('No space left for the database');
		const { commit: next } = await scene.release(
			{ a: scene.images[0], b: scene.images[0], c: scene.images[1], d: scene.images[1] },
			{ compositions: { ...COMPOSITIONS, d: { labels: { run: 'space' } } } },
		);
		await device.update();
		await sleep(SETTLE_MS);
		rmSync(join(folder, 'filler'));
		await device.waitForOnTarget(next);
		await device.waitForLog('The database can be written again');
		expect(device.logSinceStart().split('the database cannot be used')).to.have.length(2);
		commit = next;
		traces = await readTraces(engine);
		await end();
	});

	it('a full disk and a table that a newer supervisor needs: it is kept in memory with what the file has', async () => {
		const { device } = scene;
		const folder = join(device.folder, 'data');
		await raw.exec("delete from supervisor_migrations where name = 'own-0004-reboots'; drop table reboot");
		const saved = readFileSync(device.databasePath);
		await mount('-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', folder);
		writeFileSync(device.databasePath, saved);
		fill(folder);
		await device.start();
		await device.waitForLog('it is kept in memory until it can');
		await expectUntouched();
		await end();
	});

	it('a full disk without a file: it is kept in memory, and the containers stay', async () => {
		const { device } = scene;
		const folder = join(device.folder, 'data');
		await mount('-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', folder);
		fill(folder);
		await device.start();
		await device.waitForLog('it is kept in memory until it can');
		await expectUntouched();
		await end();
	});

	for (const seconds of [6, 60]) {
		it(`locked for ${String(seconds)} s at its start and while it runs: it waits, and continues`, async () => {
			const { device, engine } = scene;
			const held = raw.holdFor(seconds * 1000);
			await sleep(200);
			device.launch();
			await device.waitForLog('another process has locked the database');
			expect(await device.kill('SIGTERM')).to.equal(143);
			device.launch();
			await device.waitForLog('another process has locked the database');
			await held;
			await device.waitFor('its API answers', async () => (await device.call('GET', '/ping'))?.status === 200);
			await expectUntouched();
			if (seconds < 10) {
				const again = raw.holdFor(seconds * 1000);
				await engine.docker('rm', '--force', '--volumes', (traces[0] ?? '').split(' ')[1] ?? '');
				await again;
				await device.waitFor('four run', async () => (await readTraces(engine)).length === 4);
				traces = await readTraces(engine);
			}
			await end();
		}).timeout(150_000);
	}

	function fill(folder: string): void {
		try {
			writeFileSync(join(folder, 'filler'), Buffer.alloc(2_000_000));
		} catch {
			expect(existsSync(join(folder, 'filler'))).to.equal(true); // as much as there was space for
		}
	}
});
