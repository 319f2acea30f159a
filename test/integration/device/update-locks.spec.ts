import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chown, link, mkdir, readdir, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { UpdateLockFiles } from '../../../src/adapters/files/index.ts';
import { describeUpdateLocks } from '../../contract/update-locks.contract.ts';
import { makeTempDirectory, rejectionOf } from '../../unit/adapters/sqlite/raw-database.ts';

const OUR_UID = 65_534;
const USER_UID = 1000;

interface Scene {
	readonly rootPath: string;
	readonly folder: string;
	put(path: string, owner: 'supervisor' | 'user'): Promise<void>;
	list(): Promise<readonly string[]>;
	dispose(): Promise<void>;
}

async function makeScene(): Promise<Scene> {
	const temporary = await makeTempDirectory();
	const folder = `${temporary.path}/tmp/balena-supervisor/services`;
	return {
		rootPath: temporary.path,
		folder,
		put: async (path, owner) => {
			await mkdir(dirname(`${folder}/${path}`), { recursive: true });
			await writeFile(`${folder}/${path}`, '');
			await chown(`${folder}/${path}`, owner === 'user' ? USER_UID : OUR_UID, 0);
		},
		list: () => listFiles(folder),
		dispose: () => {
			spawnSync('rm', ['-rf', temporary.path]); // also what is too deep for a path
			return Promise.resolve();
		},
	};
}

async function listFiles(folder: string): Promise<readonly string[]> {
	const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
	const files = entries.filter((entry) => !entry.isDirectory()).map(({ parentPath, name }) => join(parentPath, name));
	const lines = files.map(async (path) => {
		const { uid } = await stat(path);
		return `${path.slice(folder.length + 1)} ${uid === OUR_UID ? 'supervisor' : 'user'}`;
	});
	return (await Promise.all(lines)).sort();
}

describe('update locks on disk', () => {
	before(function () {
		// Only root gives files away.
		if (process.getuid?.() !== 0) this.skip();
	});

	describeUpdateLocks('files', async () => {
		const scene = await makeScene();
		return {
			...scene,
			locks: new UpdateLockFiles(scene.rootPath),
			restart: () => new UpdateLockFiles(scene.rootPath),
			remove: (path) => rm(`${scene.folder}/${path}`),
		};
	});

	describeFiles();
	describeHostileServices();
	describeCrashes();
});

function describeFiles(): void {
	describe('update lock files', () => {
		let scene: Scene;
		let locks: UpdateLockFiles;
		beforeEach(async () => {
			scene = await makeScene();
			locks = new UpdateLockFiles(scene.rootPath);
		});
		afterEach(() => scene.dispose());

		it('are two files of uid 65534, in a directory that is writable for all', async () => {
			await mkdir(`${scene.folder}/1/web`, { recursive: true, mode: 0o755 }); // as the engine makes it
			await locks.take({ appId: 1, services: ['web', 'db'], force: false });
			const inodes = new Set<number>();
			for (const service of ['web', 'db']) {
				const directory = `${scene.folder}/1/${service}`;
				expect((await stat(directory)).mode & 0o7777).to.equal(0o1777);
				expect((await readdir(directory)).sort()).to.deep.equal(['resin-updates.lock', 'updates.lock']);
				for (const name of await readdir(directory)) {
					const { uid, mode, nlink, ino } = await stat(`${directory}/${name}`);
					expect([uid, mode & 0o777, nlink]).to.deep.equal([OUR_UID, 0o444, 1]);
					inodes.add(ino);
				}
			}
			expect(inodes.size, 'one file under several names would be locked under all of them').to.equal(4);
			expect(await readdir(`${scene.folder}/1`)).to.have.members(['db', 'web']);
		});

		it('see a lock in a directory of that name, which force removes with all it holds', async () => {
			await scene.put('1/web/updates.lock/in/side', 'user');
			await chown(`${scene.folder}/1/web/updates.lock`, OUR_UID, 0);
			const error = await rejectionOf(locks.take({ appId: 1, services: ['web'], force: false }));
			expect(error.code).to.equal('updates-locked');
			await locks.take({ appId: 1, services: ['web'], force: true });
			expect(await scene.list()).to.deep.equal([
				'1/web/resin-updates.lock supervisor',
				'1/web/updates.lock supervisor',
			]);
			expect(await readdir(scene.folder)).to.deep.equal(['1']);
		});

		it('fail with the path when the disk does not do what is asked, and give up what was held', async () => {
			await locks.take({ appId: 1, services: ['web'], force: false });
			await scene.put('1/db', 'user'); // a file where a directory should be
			const error = await rejectionOf(locks.take({ appId: 1, services: ['web', 'db'], force: false }));
			expect(error.code).to.equal('file-unwritable');
			expect(error.message).to.include(`${scene.folder}/1/db`);
			expect(await scene.list()).to.deep.equal(['1/db user']);
		});

		it('say that they cannot be read, and are asked again the next time', async () => {
			await mkdir(dirname(scene.folder), { recursive: true });
			await writeFile(scene.folder, '');
			expect((await rejectionOf(locks.held())).code).to.equal('file-unreadable');
			await rm(scene.folder);
			await scene.put('1/web/updates.lock', 'supervisor');
			expect([...(await locks.held()).keys()]).to.deep.equal([1]);
		});

		it('are read once by many who ask at the same time', async () => {
			await locks.take({ appId: 1, services: ['web'], force: false });
			const answers = await Promise.all([locks.held(), locks.held(), locks.held()]);
			expect(new Set(answers).size).to.equal(1);
		});
	});
}

function describeHostileServices(): void {
	describe('update lock files of services that play tricks', () => {
		let scene: Scene;
		let locks: UpdateLockFiles;
		beforeEach(async () => {
			scene = await makeScene();
			locks = new UpdateLockFiles(scene.rootPath);
			await mkdir(`${scene.folder}/1/web`, { recursive: true });
			await writeFile(`${scene.rootPath}/victim-updates.lock`, 'keep');
			await chown(`${scene.rootPath}/victim-updates.lock`, OUR_UID, 0);
		});
		afterEach(() => scene.dispose());

		it('do not follow a link to a file of the host', async () => {
			await symlink(`${scene.rootPath}/victim-updates.lock`, `${scene.folder}/1/web/updates.lock`);
			const error = await rejectionOf(locks.take({ appId: 1, services: ['web'], force: false }));
			expect(error.code).to.equal('updates-locked');
			await locks.take({ appId: 1, services: ['web'], force: true });
			await locks.release(1);
			expect(await readdir(scene.rootPath)).to.include('victim-updates.lock');
		});

		it('do not look for leftovers behind a link', async () => {
			await symlink(scene.rootPath, `${scene.folder}/1/web/host`);
			expect((await locks.held()).size).to.equal(0);
			await locks.release(1);
			expect(await readdir(scene.rootPath)).to.include('victim-updates.lock');
		});

		it('are found as fast beside any other files of a service', async () => {
			await scene.put('1/db/updates.lock', 'supervisor');
			for (let count = 0; count < 100; count += 1) {
				await mkdir(`${scene.folder}/1/web/${count}/deep/er`, { recursive: true });
			}
			// Who looks in there is seen by the time of its last reading.
			spawnSync('touch', ['--date', '2020-01-01', `${scene.folder}/1/web/7`]);
			const { atimeMs } = await stat(`${scene.folder}/1/web/7`);
			expect([...(await locks.held()).keys()]).to.deep.equal([1]);
			await locks.release(1);
			expect((await stat(`${scene.folder}/1/web/7`)).atimeMs).to.equal(atimeMs);
			expect(await scene.list()).to.deep.equal([]);
		});

		it('are found beside a directory whose path is too long to enter', async () => {
			await scene.put('1/web/updates.lock', 'supervisor');
			await scene.put('1/db/updates.lock/a', 'user');
			digTooDeep(`${scene.folder}/1/db/updates.lock`);
			digTooDeep(`${scene.folder}/1/web`);
			expect([...(await locks.held()).keys()]).to.deep.equal([1]);
			await locks.release(1);
			expect((await locks.held()).size).to.equal(0);
			await locks.take({ appId: 1, services: ['db'], force: true });
			expect([...(await locks.held()).keys()]).to.deep.equal([1]);
		});

		it('give way to a service that makes its lock again at once', async () => {
			const path = `${scene.folder}/1/web/updates.lock`;
			await scene.put('1/web/other', 'user');
			const over = new AbortController();
			const again = (async () => {
				while (!over.signal.aborted) {
					await link(`${scene.folder}/1/web/other`, path).catch(() => undefined);
				}
			})();
			for (let round = 0; round < 50; round += 1) {
				await locks.take({ appId: 1, services: ['web'], force: true }).catch((error: unknown) => {
					expect(error).to.have.property('code', 'updates-locked');
				});
				await locks.release(1);
			}
			over.abort();
			await again;
		});
	});
}

/** Directories whose path is longer than any call takes. */
function digTooDeep(path: string): void {
	const dig = "for (let i = 0; i < 30; i++) { fs.mkdirSync('d'.repeat(200)); process.chdir('d'.repeat(200)); }";
	expect(spawnSync(process.execPath, ['--eval', dig], { cwd: path }).status).to.equal(0);
}

function describeCrashes(): void {
	it('51: never leave a lock of another owner when the supervisor is killed', async function () {
		this.timeout(60_000);
		const scene = await makeScene();
		try {
			for (let round = 0; round < 12; round += 1) {
				await lockUntilKilled(scene.rootPath, round * 3);
				const files = await scene.list();
				expect(files.filter((line) => !/^1\/\.[^/]*updates.lock |supervisor$/.test(line))).to.deep.equal([]);
				const next = new UpdateLockFiles(scene.rootPath);
				await next.take({ appId: 1, services: ['web', 'db'], force: false });
				await next.release(1);
				expect((await next.held()).size).to.equal(0);
			}
		} finally {
			await scene.dispose();
		}
	});
}

async function lockUntilKilled(rootPath: string, lifeMs: number): Promise<void> {
	const program = join(import.meta.dirname, 'keep-locking.ts');
	const child = spawn(process.execPath, ['--import', 'tsx', program, rootPath], {
		stdio: ['ignore', 'pipe', 'inherit'],
	});
	await once(child.stdout, 'data');
	await sleep(lifeMs);
	child.kill('SIGKILL');
	await once(child, 'exit');
}
