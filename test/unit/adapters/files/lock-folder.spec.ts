import { mkdir, readdir, readlink, writeFile } from 'node:fs/promises';
import { expect } from 'chai';
import { adoptLegacyLockFolder } from '../../../../src/adapters/files/index.ts';
import { makeTempDirectory } from '../sqlite/raw-database.ts';

describe('the lock folder of an old operating system', () => {
	let directory: Awaited<ReturnType<typeof makeTempDirectory>>;
	let temporary: string;

	beforeEach(async () => {
		directory = await makeTempDirectory();
		temporary = `${directory.path}/tmp`;
		await mkdir(temporary);
	});

	afterEach(() => directory.remove());

	it('gets its new name too, in a way that holds for the host and for us', async () => {
		await mkdir(`${temporary}/resin-supervisor`);
		await writeFile(`${temporary}/resin-supervisor/file`, '');
		await adoptLegacyLockFolder(directory.path);
		await adoptLegacyLockFolder(directory.path);
		expect(await readlink(`${temporary}/balena-supervisor`)).to.equal('resin-supervisor');
		expect(await readdir(`${temporary}/balena-supervisor`)).to.deep.equal(['file']);
		expect(await readdir(`${temporary}/resin-supervisor`)).to.deep.equal(['file']);
	});

	it('stays unchanged where the new one exists', async () => {
		await mkdir(`${temporary}/resin-supervisor`);
		await mkdir(`${temporary}/balena-supervisor`);
		await writeFile(`${temporary}/balena-supervisor/file`, '');
		await adoptLegacyLockFolder(directory.path);
		expect(await readdir(`${temporary}/balena-supervisor`)).to.deep.equal(['file']);
		expect(await readdir(`${temporary}/resin-supervisor`)).to.deep.equal([]);
	});

	it('is not made where there is none', async () => {
		await adoptLegacyLockFolder(directory.path);
		expect(await readdir(temporary)).to.deep.equal([]);
		await adoptLegacyLockFolder(`${directory.path}/no-such-root`);
	});
});
