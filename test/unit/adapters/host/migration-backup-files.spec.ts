import { execFileSync } from 'node:child_process';
import {
	existsSync,
	mkdirSync,
	mkdtempSync,
	readdirSync,
	readFileSync,
	rmSync,
	statSync,
	writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { MigrationBackupFiles } from '../../../../src/adapters/host/index.ts';
import { BackupError } from '../../../../src/ports/migration-backup.ts';
import { rejectionOf } from '../sqlite/raw-database.ts';

const HOST_PATH = '/docker/volumes/1_data/_data';

describe('the backup of an earlier system', () => {
	let folder: string;
	let backup: MigrationBackupFiles;
	const at = (path: string) => join(folder, path);
	const place = () => at(`root${HOST_PATH}`);

	beforeEach(() => {
		folder = mkdtempSync(join(tmpdir(), 'backup-'));
		mkdirSync(at('data'));
		mkdirSync(place(), { recursive: true });
		backup = new MigrationBackupFiles({ archivePath: at('data/backup.tgz'), rootPath: at('root') });
	});
	afterEach(() => rmSync(folder, { recursive: true }));

	/** By path; what ends with a slash is a directory. */
	function pack(files: Readonly<Record<string, string>>): void {
		const source = at('source');
		rmSync(source, { recursive: true, force: true });
		mkdirSync(source);
		for (const [path, content] of Object.entries(files)) {
			mkdirSync(join(source, path, path.endsWith('/') ? '.' : '..'), { recursive: true });
			if (!path.endsWith('/')) writeFileSync(join(source, path), content, { mode: 0o640 });
		}
		execFileSync('tar', ['-czf', at('data/backup.tgz'), '-C', source, ...readdirSync(source)]);
	}

	it('goes into the volumes, with the rights of its files, and is gone', async () => {
		expect(await backup.exists()).to.equal(false);
		pack({ 'data/deep/file': 'one', 'data/.hidden': 'two', 'other/': '' });
		expect(await backup.exists()).to.equal(true);
		expect(await backup.unpack()).to.deep.equal(['data', 'other']);
		expect(await backup.restore('data', HOST_PATH)).to.deep.equal({});
		expect(readFileSync(join(place(), 'deep/file'), 'utf8')).to.equal('one');
		expect(readFileSync(join(place(), '.hidden'), 'utf8')).to.equal('two');
		expect(statSync(join(place(), 'deep/file')).mode & 0o777).to.equal(0o640);
		await backup.finish();
		expect(readdirSync(at('data'))).to.deep.equal([]);
		expect(await backup.exists()).to.equal(false);
	});

	it('loses nothing of what was in a volume, however often', async () => {
		for (const [turn, keptAt] of [undefined, 1, 2].entries()) {
			pack({ 'data/file': String(turn) });
			await backup.unpack();
			const kept = keptAt === undefined ? {} : { keptAt: `${HOST_PATH}.before-restore-${keptAt}` };
			expect(await backup.restore('data', HOST_PATH)).to.deep.equal(kept);
			await backup.finish();
		}
		const contents = [place(), `${place()}.before-restore-1`, `${place()}.before-restore-2`];
		expect(contents.map((path) => readFileSync(join(path, 'file'), 'utf8'))).to.deep.equal(['2', '0', '1']);
	});

	it('that was restored in part continues with the rest, and does not touch what is in place', async () => {
		pack({ 'data/file': 'old', 'other/file': 'other' });
		await backup.unpack();
		await backup.restore('data', HOST_PATH);
		writeFileSync(join(place(), 'file'), 'written since');

		const next = new MigrationBackupFiles({ archivePath: at('data/backup.tgz'), rootPath: at('root') });
		expect(await next.unpack()).to.deep.equal(['other']);
		mkdirSync(at('root/docker/volumes/1_other'));
		await next.restore('other', '/docker/volumes/1_other/_data');
		expect(readFileSync(at('root/docker/volumes/1_other/_data/file'), 'utf8')).to.equal('other');
		expect(await next.unpack()).to.deep.equal([]);
		expect(readFileSync(join(place(), 'file'), 'utf8')).to.equal('written since');
	});

	it('begins anew where power was cut while it was unpacked, or copied', async () => {
		pack({ 'data/file': 'whole' });
		mkdirSync(at('data/backup.partial/data'), { recursive: true });
		mkdirSync(`${place()}.restoring`);
		writeFileSync(`${place()}.restoring/file`, 'ha');
		rmSync(place(), { recursive: true }); // between the two names
		expect(await backup.unpack()).to.deep.equal(['data']);
		expect(await backup.restore('data', HOST_PATH)).to.deep.equal({});
		expect(readFileSync(join(place(), 'file'), 'utf8')).to.equal('whole');
		expect(readdirSync(at(`root/docker/volumes/1_data`))).to.deep.equal(['_data']);
	});

	it('with something else than directories is none, until another takes its place', async () => {
		pack({ file: 'stray', 'data/file': 'one' });
		const error = await rejectionOf(backup.unpack());
		expect(error).to.be.instanceOf(BackupError);
		expect(error.message).to.equal('Invalid backup: file is not a directory');
		pack({ 'data/file': 'one' });
		expect(await backup.unpack()).to.deep.equal(['data']);
	});

	it('that cannot be read says so, and changes nothing', async () => {
		writeFileSync(at('data/backup.tgz'), 'no archive');
		writeFileSync(join(place(), 'file'), 'here');
		const error = await rejectionOf(backup.unpack());
		expect(error).to.be.instanceOf(BackupError);
		expect(error.message).to.match(/^tar failed: /);
		expect(readFileSync(join(place(), 'file'), 'utf8')).to.equal('here');
		expect(existsSync(at('data/backup'))).to.equal(false);
	});
});
