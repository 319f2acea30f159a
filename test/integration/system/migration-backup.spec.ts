import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import { containersByService, listContainers } from './engine-view.ts';
import { setScene, type Scene } from './scene.ts';

describe('a device that brings data from an earlier system', function () {
	this.timeout(60_000);
	let scene: Scene;
	let source: string;

	beforeEach(async () => {
		scene = await setScene();
		source = mkdtempSync(join(tmpdir(), 'backup-'));
		// The device sees the file system of its host below a directory; this one shares the engine's with the machine.
		const engineRoot = (await scene.engine.docker('info', '--format', '{{.DockerRootDir}}')).trim();
		const seen = join(scene.device.folder, 'root', engineRoot);
		mkdirSync(dirname(seen), { recursive: true });
		symlinkSync(engineRoot, seen);
	});
	afterEach(async () => {
		try {
			await scene.dispose();
		} finally {
			rmSync(source, { recursive: true, force: true });
		}
	});

	const archivePath = () => join(scene.device.folder, 'data/backup.tgz');

	function bring(volume: string, content: string): void {
		mkdirSync(join(source, volume));
		writeFileSync(join(source, volume, 'file'), content);
		execFileSync('tar', ['-czf', archivePath(), '-C', source, volume]);
	}

	const read = async (path: string) => {
		const { web } = await containersByService(scene.engine);
		return (await scene.engine.docker('exec', web?.Id ?? '', 'cat', path)).trim();
	};

	it('starts no service before the data is in its volume, and logs what is wrong with the backup until it is repaired', async () => {
		const { device, images } = scene;
		bring('unknown', 'stray');
		const compositions = { web: { volumes: ['data:/data'] } };
		const { commit } = await scene.release({ web: images[0] }, { compositions, volumes: { data: {} } });
		await device.start();
		const line = 'Error restoring migration backup, retrying: Invalid backup: unknown is no volume of the release';
		await device.waitForLog(line);
		const tries = () => device.logSinceStart().split('step failed component=steps step=restoreVolumes').length - 1;
		await device.waitFor('it tries again', () => tries() > 3);
		expect(device.logSinceStart().split(line), 'logged once').to.have.length(2);
		expect(await listContainers(scene.engine)).to.deep.equal([]);
		expect(existsSync(archivePath())).to.equal(true);

		bring('data', 'from before');
		await device.waitForOnTarget(commit);
		expect(await read('/data/file')).to.equal('from before');
		expect(existsSync(archivePath())).to.equal(false);
		expect(existsSync(join(device.folder, 'data/backup'))).to.equal(false);
	});

	it('continues after a power cut', async () => {
		const { device, images } = scene;
		bring('data', 'from before');
		const compositions = { web: { volumes: ['data:/data'] } };
		const { commit } = await scene.release({ web: images[0] }, { compositions, volumes: { data: {} } });
		device.launch();
		const limit = Date.now() + 20_000;
		while (!existsSync(join(device.folder, 'data/backup.partial')) && Date.now() < limit)
			await new Promise(setImmediate);
		await device.kill('SIGKILL');
		expect(existsSync(archivePath()), 'it was not over').to.equal(true);
		await device.start();
		await device.waitForOnTarget(commit);
		expect(await read('/data/file')).to.equal('from before');
		expect(existsSync(archivePath())).to.equal(false);
	});
});
