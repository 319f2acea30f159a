import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { SupervisorFiles } from '../../../../src/adapters/files/index.ts';
import { rejectionOf } from '../sqlite/raw-database.ts';

describe('the files of the host that start the supervisor', () => {
	let root = '';
	let files: SupervisorFiles;
	const conf = () => join(root, 'etc/balena-supervisor/supervisor.conf');

	beforeEach(async () => {
		root = await mkdtemp(join(tmpdir(), 'supervisor-files-'));
		await mkdir(join(root, 'etc/balena-supervisor'), { recursive: true });
		await writeFile(join(root, 'script'), '#!/bin/sh\n');
		files = new SupervisorFiles({ rootPath: root, scriptPath: join(root, 'script') });
	});
	afterEach(() => rm(root, { recursive: true }));

	it('name the configured image, as systemd reads it', async () => {
		for (const [text, expected] of [
			['SUPERVISOR_IMAGE=a.io/b:1\nSUPERVISOR_VERSION=1\n', 'a.io/b:1'],
			['X=1\nSUPERVISOR_IMAGE="a.io/b"\n', 'a.io/b:latest'],
			["SUPERVISOR_IMAGE=a:1\nSUPERVISOR_IMAGE='a:2'", 'a:2'],
			['# SUPERVISOR_IMAGE=a:1\n', undefined],
			['SUPERVISOR_IMAGE=\n', undefined],
			['', undefined],
		] as const) {
			await writeFile(conf(), text);
			expect(await files.configuredImage(), text).to.equal(expected);
		}
	});

	it('are missing on a system that does not start it by them', async () => {
		expect(await files.configuredImage()).to.equal(undefined);
		await mkdir(conf());
		expect(await rejectionOf(files.configuredImage())).to.include({ code: 'file-unreadable' });
	});

	it('get the script where the host can run it, again and again', async () => {
		const places = [await files.placeScript(), await files.placeScript()];
		expect(places).to.deep.equal(Array(2).fill('/tmp/balena-supervisor/update-supervisor.sh'));
		expect(await readFile(join(root, 'tmp/balena-supervisor/update-supervisor.sh'), 'utf8')).to.equal('#!/bin/sh\n');
		await rm(join(root, 'script'));
		expect(await rejectionOf(files.placeScript())).to.include({ code: 'file-unwritable' });
	});
});
