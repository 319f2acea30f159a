import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { UpdaterFiles } from '../../../../src/adapters/host/index.ts';
import { rejectionOf } from '../sqlite/raw-database.ts';

describe('the folder of the updater of the host OS', () => {
	let folder: string;
	let updater: UpdaterFiles;
	const { signal } = new AbortController();

	beforeEach(() => {
		folder = mkdtempSync(join(tmpdir(), 'updater-'));
		updater = new UpdaterFiles({ rootPath: join(folder, 'root'), dataPath: folder });
		mkdirSync(join(folder, 'app/lib'), { recursive: true });
		writeFileSync(join(folder, 'app/entry.sh'), '#!/bin/sh\n');
		chmodSync(join(folder, 'app/entry.sh'), 0o750);
		writeFileSync(join(folder, 'app/lib/data'), 'x');
	});
	afterEach(() => {
		rmSync(folder, { recursive: true });
	});

	/** As the engine gives a folder of a container. */
	async function* archive(): AsyncGenerator<Uint8Array> {
		yield await Promise.resolve(execFileSync('tar', ['--create', '--directory', folder, 'app']));
	}

	it('holds the new files with their modes, and none of the ones before', async () => {
		const path = join(folder, 'root', updater.hostPath);
		mkdirSync(path, { recursive: true });
		writeFileSync(join(path, 'old'), '');
		await updater.replace(archive(), signal);
		expect(readdirSync(path).sort()).to.deep.equal(['entry.sh', 'lib']);
		expect(statSync(join(path, 'entry.sh')).mode & 0o777).to.equal(0o750);
		expect(readFileSync(join(path, 'lib/data'), 'utf8')).to.equal('x');
	});

	it('is refused without its program, and if the archive is none', async () => {
		rmSync(join(folder, 'app/entry.sh'));
		const missing = await rejectionOf(updater.replace(archive(), signal));
		expect(missing.code).to.equal('file-missing');
		expect(missing.message).to.include('entry.sh');
		// eslint-disable-next-line @typescript-eslint/require-await -- a stream whose content is known
		const broken = (async function* () {
			yield Buffer.from('no archive'.repeat(100));
		})();
		expect((await rejectionOf(updater.replace(broken, signal))).code).to.equal('unpack-failed');
	});

	it('needs space on the data partition', async () => {
		await updater.checkSpace();
		const greedy = new UpdaterFiles({ rootPath: folder, dataPath: folder, freeBytesMin: Number.MAX_SAFE_INTEGER });
		const error = await rejectionOf(greedy.checkSpace());
		expect(error.code).to.equal('host-update-space');
		expect(error.message).to.match(/not enough space .*: \d+ MiB free, \d+ MiB needed/);
	});
});
