import { mkdir, readdir, symlink, writeFile } from 'node:fs/promises';
import { expect } from 'chai';
import { LockFolderHandOver } from '../../../../src/adapters/files/index.ts';
import { makeTempDirectory, rejectionOf } from '../sqlite/raw-database.ts';

describe('the end of a hand-over', () => {
	let directory: Awaited<ReturnType<typeof makeTempDirectory>>;
	let web: string;
	let files: LockFolderHandOver;

	beforeEach(async () => {
		directory = await makeTempDirectory();
		web = `${directory.path}/tmp/balena-supervisor/services/1/web`;
		await mkdir(web, { recursive: true });
		files = new LockFolderHandOver(directory.path);
	});

	afterEach(() => directory.remove());

	for (const name of ['handover-complete', 'resin-kill-me']) {
		it(`is said by ${name}, once`, async () => {
			expect(await files.takeCompletion(1, 'web')).to.equal(false);
			await writeFile(`${web}/${name}`, '');
			await writeFile(`${web}/updates.lock`, '');
			expect(await files.takeCompletion(1, 'web')).to.equal(true);
			expect(await readdir(web)).to.deep.equal(['updates.lock']);
			expect(await files.takeCompletion(1, 'web')).to.equal(false);
		});
	}

	it('is said by both at once, and by none the next time', async () => {
		await writeFile(`${web}/handover-complete`, '');
		await writeFile(`${web}/resin-kill-me`, '');
		expect(await files.takeCompletion(1, 'web')).to.equal(true);
		expect(await files.takeCompletion(1, 'web')).to.equal(false);
	});

	it('may be a directory, or a link to nowhere', async () => {
		await mkdir(`${web}/handover-complete/with/something`, { recursive: true });
		expect(await files.takeCompletion(1, 'web')).to.equal(true);
		await symlink('/nowhere', `${web}/resin-kill-me`);
		expect(await files.takeCompletion(1, 'web')).to.equal(true);
		expect(await readdir(web)).to.deep.equal([]);
	});

	it('is not said by a service without a directory, nor by another service', async () => {
		await writeFile(`${web}/handover-complete`, '');
		expect(await files.takeCompletion(1, 'db')).to.equal(false);
		expect(await files.takeCompletion(2, 'web')).to.equal(false);
		expect(await files.takeCompletion(1, 'web')).to.equal(true);
	});

	it('is not looked for outside the directory of a service', async () => {
		await writeFile(`${web}/handover-complete`, '');
		const error = await rejectionOf(files.takeCompletion(2, '../1/web'));
		expect(error.code).to.equal('file-unwritable');
		expect(await readdir(web)).to.deep.equal(['handover-complete']);
	});
});
